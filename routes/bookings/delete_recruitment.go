package bookings

import (
	"context"

	"freety/db"
	"freety/routes/api"
	"freety/routes/recruitments"

	sq "github.com/Masterminds/squirrel"
)

type deleteInput struct {
	ID int64 `path:"id" minimum:"1"`
	api.IfMatch
}

// DeleteRecruitment deletes the caller's own recruitment for good. It ends the
// bookings that are not confirmed; a confirmed one must be cancelled first.
func (b *Bookings) DeleteRecruitment(ctx context.Context, in *deleteInput) (*api.None, error) {
	return nil, b.db.InTx(ctx, func(tx *db.Tx) error {
		if _, err := b.recruitments.Own(ctx, tx, in.ID); err != nil {
			return err
		}
		if err := in.Check(func() (string, error) { return recruitments.LockVersion(ctx, tx, in.ID) }); err != nil {
			return err
		}
		gone, err := db.Exec(ctx, tx, sq.Update("recruitments").Set("state", "deleted").Set("updated_at", api.Now(ctx)).Where(sq.Eq{"id": in.ID}).Where(sq.NotEq{"state": "deleted"}))
		if err != nil {
			return err
		}
		if gone == 0 {
			return api.NotFound()
		}
		if err := turnAway(ctx, tx, in.ID); err != nil {
			return err
		}
		kept, err := db.Get[struct{ Confirmed int }](ctx, tx, sq.Select("COUNT(*) AS confirmed").From("booking_details").Where(sq.Eq{"recruitment_id": in.ID, "state": Confirmed}))
		if err != nil {
			return err
		}
		if kept.Confirmed > 0 {
			return api.Conflict("confirmed_bookings", "It has confirmed bookings; cancel them first, or close the recruitment instead.")
		}
		return b.recruitments.DiscardPhotos(ctx, tx, in.ID)
	})
}
