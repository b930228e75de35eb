package accounts

import (
	"context"
	"errors"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

type refreshInput struct {
	Body TokenRefresh
}

// TokenRefresh names the session to continue.
type TokenRefresh struct {
	RefreshToken string `json:"refreshToken" doc:"The one from the last answer; each works once."`
}

// Refresh gives a session new tokens. A refresh token that is used twice has
// been stolen, and nobody knows by whom, so the second use ends the session.
func (a *Accounts) Refresh(ctx context.Context, in *refreshInput) (*api.Body[Session], error) {
	hash := hashOf(in.Body.RefreshToken)
	grant := newGrant()
	var sessionID int64
	var account Account
	var good bool
	err := a.db.InTx(ctx, func(tx *db.Tx) error {
		good = false
		first, err := db.Exec(ctx, tx, sq.Update("refresh_tokens").Set("used_at", grant.now).Where(sq.Eq{"token_hash": hash, "used_at": nil}))
		if err != nil {
			return err
		}
		token, err := db.Get[struct{ SessionID int64 }](ctx, tx, sq.Select("session_id").From("refresh_tokens").Where(sq.Eq{"token_hash": hash}))
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		sessionID = token.SessionID
		if first == 0 {
			// Not an error: that would roll back the end of the session.
			return endSessions(ctx, tx, sq.Eq{"id": sessionID}, grant.now)
		}
		if good, err = grant.extend(ctx, tx, sessionID); err != nil || !good {
			return err
		}
		account, err = a.accountOf(ctx, tx, sessionID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !good {
		return nil, api.Unauthorized("invalid_refresh_token", "The refresh token is wrong, used or expired, or its session has ended; sign in again.")
	}
	session, err := a.session(grant, sessionID, account)
	return &api.Body[Session]{Body: session}, err
}

func (a *Accounts) accountOf(ctx context.Context, on db.Queryer, sessionID int64) (Account, error) {
	session, err := db.Get[struct{ AccountID int64 }](ctx, on, sq.Select("account_id").From("live_sessions").Where(sq.Eq{"id": sessionID}))
	if err != nil {
		return Account{}, err
	}
	return a.account(ctx, on, session.AccountID)
}

// endSessions ends the matching sessions that have not ended yet.
func endSessions(ctx context.Context, tx *db.Tx, which sq.Sqlizer, now time.Time) error {
	_, err := db.Exec(ctx, tx, sq.Update("sessions").Set("ended_at", now).Where(which).Where(sq.Eq{"ended_at": nil}))
	return err
}
