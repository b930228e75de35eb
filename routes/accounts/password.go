package accounts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

const (
	defaultHashCost      = 12 // about 0.3 s of a core
	shortestPassword     = 10 // characters
	longestPasswordBytes = 72 // bcrypt reads no further
)

// Password is one that is being chosen. Where one stands in a body, the field
// has minLength 10.
type Password string

// Resolve implements huma.ResolverWithPath. It also composes the password, as
// normalPassword does.
func (p *Password) Resolve(_ huma.Context, path *huma.PathBuffer) (faults []error) {
	fault := func(message string) { faults = append(faults, &api.Fault{Location: path.String(), Message: message}) }
	*p = normalPassword(*p)
	if *p == "" {
		return nil // it is missing or no text, which the schema has said
	}
	if utf8.RuneCountInString(string(*p)) < shortestPassword {
		// The schema counts what was sent; its words are repeated so that the two faults become one.
		fault(fmt.Sprintf("expected length >= %d", shortestPassword))
	}
	if len(*p) > longestPasswordBytes {
		fault(fmt.Sprintf("is longer than %d bytes; a Hangul syllable takes 3", longestPasswordBytes))
	}
	return faults
}

// normalPassword composes p, since one phone sends Hangul in letters and
// another in syllables. It trims nothing: a space may be meant.
func normalPassword(p Password) Password { return Password(norm.NFC.String(string(p))) }

// passwords hashes passwords and compares them with hashes, as many at once as
// there are cores, so that a rush of logins does not starve every other route.
type passwords struct {
	cost    int
	dummy   string
	turns   chan struct{}
	compare func(hash, password []byte) error
}

func newPasswords(cost int) *passwords {
	return &passwords{
		cost: cost,
		// In the form of a hash of that cost, but made of no password.
		dummy:   fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat("e", 53)),
		turns:   make(chan struct{}, runtime.NumCPU()),
		compare: bcrypt.CompareHashAndPassword,
	}
}

// inTurn runs work when a core is free, unless ctx ends before.
func (p *passwords) inTurn(ctx context.Context, work func() error) error {
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turns }()
	return work()
}

// hash is what is stored of a password.
func (p *passwords) hash(ctx context.Context, password Password) (string, error) {
	var hash []byte
	err := p.inTurn(ctx, func() (err error) {
		hash, err = bcrypt.GenerateFromPassword([]byte(password), p.cost)
		return err
	})
	return string(hash), err
}

// match says whether hash was made of password. With no hash, or a password
// that bcrypt would compare by its first 72 bytes only, the answer is no and
// takes as long as any other.
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
