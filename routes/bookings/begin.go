package bookings

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/recruitments"

	sq "github.com/Masterminds/squirrel"
)

// refusal is why no booking of a slot begins.
type refusal int

const (
	notRefused refusal = iota
	notOpen
	hasStarted
	isBooked
)

// begin returns the state in which a model's booking of a slot begins, waitlisted
// where it is full, or why none does. One that is confirmed at once also needs the
// time of both, which overlaps decides.
func begin(isOpen, instant, booked bool, slot recruitments.Slot, now time.Time) (State, refusal) {
	switch {
	case !isOpen:
		return "", notOpen
	case !slot.StartsAt.After(now):
		return "", hasStarted
	case booked:
		return "", isBooked
	case slot.SeatsLeft == 0:
		return Waitlisted, notRefused
	case instant:
		return Confirmed, notRefused
	}
	return Applied, notRefused
}

// hasLive reports whether a model has a live booking for a recruitment.
func hasLive(ctx context.Context, on db.Queryer, recruitment, model int64) (bool, error) {
	own, err := db.Get[struct{ Live int }](ctx, on, sq.Select("COUNT(*) AS live").From("booking_details").
		Where(sq.Eq{"recruitment_id": recruitment, "model_id": model, "state": live}))
	return own.Live > 0, err
}

// engagement is a booking that holds the time of its model and stylist.
type engagement struct {
	ModelID int64
	Slot    Slot
}

// engagements are those of a model or a stylist between two times, other than a
// booking of their own.
func engagements(ctx context.Context, on db.Queryer, stylist, model, except int64, from, to time.Time) ([]engagement, error) {
	return db.Select[engagement](ctx, on, sq.Select(db.Columns[engagement]()...).From("booking_details").
		Where(sq.Eq{"state": []State{Offered, Confirmed}}).Where(sq.NotEq{"id": except}).
		Where(sq.Lt{"slot_starts_at": to.UTC()}).Where(sq.Gt{"slot_ends_at": from.UTC()}).
		Where(sq.Or{sq.Eq{"model_id": model}, sq.Eq{"stylist_id": stylist}}))
}

// overlaps reports whether a model cannot be booked for a slot because of an
// engagement of theirs or of the stylist's; the stylist may have others in that slot.
func (e engagement) overlaps(slot Slot, model int64) bool {
	return (e.ModelID == model || e.Slot.ID != slot.ID) && e.Slot.StartsAt.Before(slot.EndsAt.Time) && e.Slot.EndsAt.After(slot.StartsAt.Time)
}
