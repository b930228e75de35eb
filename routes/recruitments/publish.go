package recruitments

import (
	"context"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Publish opens the caller's own draft.
func (r *Recruitments) Publish(ctx context.Context, in *api.Action) (*api.Body[Detail], error) {
	return r.open(ctx, in.ID, Draft, "Only a draft can be published.")
}

// open moves the caller's own recruitment to open from another state. It keeps
// the time of the first publication.
func (r *Recruitments) open(ctx context.Context, id int64, from State, otherwise string) (*api.Body[Detail], error) {
	now := api.Now(ctx)
	_, err := api.Write(ctx, r.db, func(tx *db.Tx) (int64, error) {
		if _, err := r.Own(ctx, tx, id); err != nil {
			return 0, err
		}
		changed, err := db.Exec(ctx, tx, touch(ctx, id).Set("state", Open).Set("published_at", sq.Expr("COALESCE(published_at, ?)", now)).
			Where(sq.Eq{"state": from}).Where(sq.Gt{"last_slot_at": now}))
		if err != nil || changed > 0 {
			return id, err
		}
		// Read again, because the update may have waited for another one.
		if state, err := r.Own(ctx, tx, id); err != nil {
			return 0, err
		} else if state == from {
			return 0, api.Conflict("no_slot", "It has no slot to come; it needs one to be open.")
		}
		return 0, WrongState(ctx, tx, id, otherwise)
	})
	if err != nil {
		return nil, err
	}
	return r.Get(ctx, &api.ID{ID: id})
}
