package accounts

import (
	"context"
	"errors"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

type logInByEmailInput struct {
	Device
	Body EmailLogIn
}

// EmailLogIn is the body of a login by email. Its properties are not checked
// further, so that a malformed one gets the same answer as a wrong one.
type EmailLogIn struct {
	Email    string `json:"email" minLength:"1" doc:"The one that the account was made with; upper and lower case are the same." example:"name@example.com"`
	Password string `json:"password" format:"password" minLength:"1" doc:"The password of the account."`
}

type credentials struct {
	ID           int64
	PasswordHash string
}

// LogInByEmail starts a session of the account that has this email and
// password. Neither the answer nor its timing tells which of them was wrong.
// Wrong passwords slow down the next attempts, from the same address first, then
// from all addresses that the account has not signed in from.
func (a *Accounts) LogInByEmail(ctx context.Context, in *logInByEmailInput) (*api.Body[Session], error) {
	email := normalEmail(Email(in.Body.Email))
	attempt := newAttempt(ctx, email)
	if err := attempt.begin(ctx, a.db, a.slowings); err != nil {
		return nil, err
	}
	good, id, err := a.matches(ctx, email, Password(in.Body.Password), attempt.known)
	if err != nil {
		return nil, errors.Join(err, attempt.undo(ctx, a.db))
	}
	if !good {
		return nil, api.Unauthorized("invalid_credentials", "The email or the password is wrong.")
	}
	grant := newGrant()
	var sessionID int64
	var account Account
	err = a.db.InTx(ctx, func(tx *db.Tx) (err error) {
		if sessionID, err = grant.open(ctx, tx, id, in.Device); err != nil {
			return err
		}
		if err = attempt.succeed(ctx, tx); err != nil {
			return err
		}
		account, err = a.account(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	session, err := a.session(grant, sessionID, account)
	return &api.Body[Session]{Body: session}, err
}

// matches reports whether an account has this email and password, and its id.
func (a *Accounts) matches(ctx context.Context, email Email, password Password, known bool) (good bool, id int64, err error) {
	found, err := db.Get[credentials](ctx, a.db, sq.Select(db.Columns[credentials]()...).From("account_credentials").Where(sq.Eq{"email": email}))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return false, 0, err
	}
	good, err = a.passwords.match(ctx, found.PasswordHash, password, known)
	return good, found.ID, err
}
