// Package accounts is about who calls: signing up and in, sessions and their
// tokens, and the account itself.
package accounts

import (
	"context"
	"time"

	"freety/config"
	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

// Accounts serves accounts and their sessions.
type Accounts struct {
	db        *db.DB
	links     photos.Links
	tokens    *tokens
	passwords *passwords
}

// New makes an Accounts. The first key signs access tokens and all verify
// them; without any it panics, since nobody could sign in.
func New(d *db.DB, links photos.Links, keys []config.JWTKey, opts ...Option) *Accounts {
	a := &Accounts{db: d, links: links, tokens: newTokens(keys), passwords: newPasswords(defaultHashCost)}
	for _, opt := range opts {
		opt(a)
	}
	return a
}

// Option changes how an Accounts works.
type Option func(*Accounts)

// HashCost sets the bcrypt cost of passwords; for tests, which would spend
// their time on hashes.
func HashCost(cost int) Option {
	return func(a *Accounts) { a.passwords = newPasswords(cost) }
}

// Account is an account as its owner sees it.
type Account struct {
	ID            int64        `json:"id"`
	Role          api.Role     `json:"role" enum:"stylist,model,admin"`
	Name          string       `json:"name"`
	Email         *string      `json:"email" doc:"None for an account that came from a provider without one."`
	EmailVerified bool         `json:"emailVerified"`
	Avatar        photos.Photo `json:"avatar"`
	CreatedAt     time.Time    `json:"createdAt"`
}

// account reads one account; inside a transaction, so that another node of a
// cluster is not asked for what this one has just written.
func (a *Accounts) account(ctx context.Context, on db.Queryer, id int64) (Account, error) {
	account, err := db.Get[Account](ctx, on, sq.Select(db.Columns[Account]()...).From("account_details").Where(sq.Eq{"id": id}))
	if err != nil {
		return account, err
	}
	a.links.Fill(&account.Avatar, photos.OfPerson)
	return account, nil
}
