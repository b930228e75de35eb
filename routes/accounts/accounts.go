// Package accounts signs people up and in, keeps their sessions and tokens, and
// serves their own accounts.
package accounts

import (
	"cmp"
	"context"

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
	slowings  slowings
}

// New returns an Accounts. The first key signs access tokens, and every key
// verifies them. Without a key it panics, because nobody could sign in.
// passwordCost is bcrypt's; 0 means the one for real passwords. With wideLimits a
// hundred times as many wrong passwords cost nothing.
func New(d *db.DB, links photos.Links, keys []config.JWTKey, passwordCost int, wideLimits bool) *Accounts {
	return &Accounts{
		db: d, links: links, tokens: newTokens(keys), passwords: newPasswords(cmp.Or(passwordCost, defaultHashCost)), slowings: newSlowings(wideLimits),
	}
}

// Account is an account as its owner sees it.
type Account struct {
	ID            int64        `json:"id" doc:"Of the account; a stylist's is also that of their public page."`
	Role          api.Role     `json:"role" doc:"Never changes."`
	Name          string       `json:"name" doc:"What others see."`
	Email         *string      `json:"email" doc:"Null for an account whose sign-in provider gave none."`
	EmailVerified bool         `json:"emailVerified" doc:"Whether the address has been shown to be the caller's."`
	Avatar        photos.Photo `json:"avatar" doc:"The picture of the account, or a default one."`
	CreatedAt     api.Time     `json:"createdAt" doc:"When the account was made, in UTC."`
}

// account reads one account. A caller that has just written it reads it in the
// same transaction, because another node of a cluster may not have it yet.
func (a *Accounts) account(ctx context.Context, on db.Queryer, id int64) (Account, error) {
	account, err := db.Get[Account](ctx, on, sq.Select(db.Columns[Account]()...).From("account_details").Where(sq.Eq{"id": id}))
	if err != nil {
		return account, err
	}
	a.links.Fill(&account.Avatar, photos.OfPerson)
	return account, nil
}
