package bookings

import (
	"context"

	"freety/db"
	"freety/routes/api"
	"freety/routes/recruitments"

	sq "github.com/Masterminds/squirrel"
)

// CloseRecruitment closes the caller's own open recruitment. It declines those
// who applied or wait, withdraws offers, and keeps confirmed bookings.
func (b *Bookings) CloseRecruitment(ctx context.Context, in *api.Action) (*api.Body[recruitments.Detail], error) {
	_, err := api.Write(ctx, b.db, func(tx *db.Tx) (int64, error) {
		if _, err := b.recruitments.Own(ctx, tx, in.ID); err != nil {
			return 0, err
		}
		closed, err := db.Exec(ctx, tx, sq.Update("recruitments").Set("state", recruitments.Closed).Set("updated_at", api.Now(ctx)).Where(sq.Eq{"id": in.ID, "state": recruitments.Open}))
		if err != nil {
			return 0, err
		}
		if closed == 0 {
			return 0, recruitments.WrongState(ctx, tx, in.ID, "Only an open recruitment can be closed.")
		}
		return in.ID, turnAway(ctx, tx, in.ID)
	})
	if err != nil {
		return nil, err
	}
	detail, err := b.recruitments.Detail(ctx, in.ID)
	return &api.Body[recruitments.Detail]{Body: detail}, err
}

// turnAway ends the bookings of the caller's recruitment that are not confirmed.
func turnAway(ctx context.Context, tx *db.Tx, recruitment int64) error {
	open, err := db.Select[Booking](ctx, tx, selectBookings().Where(sq.Eq{"recruitment_id": recruitment, "state": []State{Applied, Waitlisted, Offered}}))
	if err != nil {
		return err
	}
	for i := range open {
		to := Declined
		if open[i].State == Offered {
			to = Withdrawn
		}
		// A booking that has moved meanwhile is confirmed, and stays, or was ended by its model.
		if _, err := move(ctx, tx, &open[i], to, step{by: Stylist, actor: api.CallerOf(ctx).AccountID, now: api.Now(ctx)}); err != nil {
			return err
		}
	}
	return nil
}
