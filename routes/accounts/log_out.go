package accounts

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

type logOutInput struct {
	Body *LogOut
}

// LogOut says which of the caller's sessions end.
type LogOut struct {
	Scope Scope `json:"scope,omitempty" enum:"this,others,all" doc:"this, the one of the request, where it is left out."`
}

// Scope is which of the caller's sessions are meant.
type Scope string

// The scopes but this, which is the rule.
const (
	otherSessions Scope = "others"
	allSessions   Scope = "all"
)

// LogOut ends this session of the caller, the others, or all. Their access
// tokens end with them.
func (a *Accounts) LogOut(ctx context.Context, in *logOutInput) (*api.None, error) {
	caller := api.CallerOf(ctx)
	which := sq.And{sq.Eq{"account_id": caller.AccountID}}
	scope := Scope("")
	if in.Body != nil {
		scope = in.Body.Scope
	}
	switch scope {
	case allSessions:
	case otherSessions:
		which = append(which, sq.NotEq{"id": caller.SessionID})
	default:
		which = append(which, sq.Eq{"id": caller.SessionID})
	}
	now := time.Now().UTC()
	err := a.db.InTx(ctx, func(tx *db.Tx) error { return endSessions(ctx, tx, which, now) })
	return &api.None{}, err
}
