package recruitments

import (
	"context"
	"time"

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
		if err != nil {
			return 0, err
		}
		if changed > 0 {
			return id, limitOpen(ctx, tx, now)
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
	detail, err := r.Detail(ctx, id)
	return &api.Body[Detail]{Body: detail}, err
}

const mostOpen = 30

// limitOpen refuses the transaction that has opened one recruitment too many of
// the caller. Raising the version lets only one such transaction of an account
// through at a time; it is a write because the nodes of a cluster do not see each
// other's locks.
func limitOpen(ctx context.Context, tx *db.Tx, now time.Time) error {
	stylist := api.CallerOf(ctx).AccountID
	if _, err := db.Exec(ctx, tx, sq.Update("accounts").Set("agenda_version", sq.Expr("agenda_version + 1")).Where(sq.Eq{"id": stylist})); err != nil {
		return err
	}
	open, err := db.Get[struct{ Count int }](ctx, tx, sq.Select("COUNT(*) AS count").From("recruitment_cards").
		Where(sq.Eq{"stylist_id": stylist, "stored_state": Open}).Where(sq.Gt{"last_slot_at": now}))
	if err != nil {
		return err
	}
	if open.Count > mostOpen {
		return api.Conflict("too_many_open", "You have %d open recruitments; close one first.").With(mostOpen)
	}
	return nil
}
