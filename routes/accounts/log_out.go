package accounts

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

type logOutInput struct {
	Body *LogOut
}

// LogOut says which of the caller's sessions end.
type LogOut struct {
	Scope Scope `json:"scope,omitempty" doc:"The default is this, the session of the request."`
}

// Scope says which of the caller's sessions end.
type Scope string

// The scopes other than this, the default.
const (
	otherSessions Scope = "others"
	allSessions   Scope = "all"
)

// Schema implements huma.SchemaProvider.
func (Scope) Schema(huma.Registry) *huma.Schema {
	return api.Enum("LogOutScope", "Which sessions end: this one, the account's others, or all.", "this", otherSessions, allSessions)
}

// LogOut ends the caller's session, the other ones, or all of them. Their access
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
