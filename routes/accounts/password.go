package accounts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/crypto/bcrypt"
)

const (
	defaultHashCost      = 12 // about 0.3 s of a core
	longestPasswordBytes = 72 // bcrypt reads no further
)

// Password is a new password. A body field of this type must have minLength 10.
// It is not trimmed: a space may be part of it.
type Password string

// Resolve implements huma.ResolverWithPath.
func (p *Password) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if len(*p) > longestPasswordBytes {
		return []error{api.NewFault(path.String(), "too_long", "must have at most %v bytes, of which a Hangul syllable takes 3", longestPasswordBytes)}
	}
	return nil
}

// passwords hashes passwords and compares them with hashes, on half of the cores
// at most, so that many logins at once do not starve the other routes.
type passwords struct {
	cost    int
	dummy   string
	turns   *turns
	compare func(hash, password []byte) error
}

func newPasswords(cost int) *passwords {
	return &passwords{
		cost: cost,
		// It looks like a hash of that cost, but no password matches it.
		dummy:   fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat("e", 53)),
		turns:   newTurns(max(1, runtime.NumCPU()/2)),
		compare: bcrypt.CompareHashAndPassword,
	}
}

// inTurn runs work when a core is free, unless ctx ends first or too many wait.
// known says that the account has signed in from this address before.
func (p *passwords) inTurn(ctx context.Context, known bool, work func() error) error {
	if err := p.turns.take(ctx, api.ClientNetwork(ctx), known); err != nil {
		return err
	}
	defer p.turns.give()
	return work()
}

// hash returns what is stored for a password.
func (p *passwords) hash(ctx context.Context, password Password) (string, error) {
	var hash []byte
	err := p.inTurn(ctx, false, func() (err error) {
		hash, err = bcrypt.GenerateFromPassword([]byte(password), p.cost)
		return err
	})
	return string(hash), err
}

// match reports whether hash was made from password. Without a hash, or with a
// password of which bcrypt would compare only the first 72 bytes, the answer is
// no, and takes as long as any other. After an error nothing was compared.
func (p *passwords) match(ctx context.Context, hash string, password Password, known bool) (bool, error) {
	possible := hash != "" && len(password) <= longestPasswordBytes
	if !possible {
		hash, password = p.dummy, ""
	}
	err := p.inTurn(ctx, known, func() error { return p.compare([]byte(hash), []byte(password)) })
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return possible && err == nil, err
}
