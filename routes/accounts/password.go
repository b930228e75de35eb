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
		return []error{&api.Fault{Location: path.String(), Message: fmt.Sprintf("is longer than %d bytes; a Hangul syllable takes 3", longestPasswordBytes)}}
	}
	return nil
}

// passwords hashes passwords and compares them with hashes. It does one per core
// at a time, so that many logins at once do not starve the other routes.
type passwords struct {
	cost    int
	dummy   string
	turns   chan struct{}
	compare func(hash, password []byte) error
}

func newPasswords(cost int) *passwords {
	return &passwords{
		cost: cost,
		// It looks like a hash of that cost, but no password matches it.
		dummy:   fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat("e", 53)),
		turns:   make(chan struct{}, runtime.NumCPU()),
		compare: bcrypt.CompareHashAndPassword,
	}
}

// inTurn runs work when a core is free, unless ctx ends first.
func (p *passwords) inTurn(ctx context.Context, work func() error) error {
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turns }()
	return work()
}

// hash returns what is stored for a password.
func (p *passwords) hash(ctx context.Context, password Password) (string, error) {
	var hash []byte
	err := p.inTurn(ctx, func() (err error) {
		hash, err = bcrypt.GenerateFromPassword([]byte(password), p.cost)
		return err
	})
	return string(hash), err
}

// match reports whether hash was made from password. Without a hash, or with a
// password of which bcrypt would compare only the first 72 bytes, the answer is
// no, and takes as long as any other.
func (p *passwords) match(ctx context.Context, hash string, password Password) (bool, error) {
	possible := hash != "" && len(password) <= longestPasswordBytes
	if !possible {
		hash, password = p.dummy, ""
	}
	err := p.inTurn(ctx, func() error { return p.compare([]byte(hash), []byte(password)) })
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return possible && err == nil, err
}
