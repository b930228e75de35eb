package bookings

import (
	"context"
	"errors"
	"fmt"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/recruitments"

	sq "github.com/Masterminds/squirrel"
)

type applyInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body Application
}

// Application is what a model asks a stylist for.
type Application struct {
	SlotID   int64    `json:"slotId" minimum:"1" doc:"A slot of the recruitment."`
	Message  api.Text `json:"message,omitempty" maxLength:"1000" doc:"To the stylist."`
	Waitlist bool     `json:"waitlist,omitempty" doc:"Whether to wait when every seat is taken."`
}

// terms are the terms of a recruitment when a booking is made.
type terms struct {
	StoredState recruitments.State
	StylistID   int64
	Services    db.List[catalogue.Service]
	Fee         int
	NoticeHours int
	InstantBook bool
	Venue       recruitments.Venue
}

// Apply makes a booking for the caller: applied, confirmed if the recruitment
// books instantly, or waitlisted if the slot is full and the caller wants to
// wait.
func (b *Bookings) Apply(ctx context.Context, in *applyInput) (*api.Created[Booking], error) {
	id, err := api.Write(ctx, b.db, func(tx *db.Tx) (int64, error) {
		return apply(ctx, tx, in.ID, &in.Body)
	})
	if db.IsDuplicate(err, "bookings_one_live") {
		return nil, alreadyBooked()
	}
	if err != nil {
		return nil, err
	}
	booking, err := b.Get(ctx, &api.ID{ID: id})
	if err != nil {
		return nil, err
	}
	return &api.Created[Booking]{Location: fmt.Sprintf("/v1/bookings/%d", id), Body: booking.Body}, nil
}

func apply(ctx context.Context, tx *db.Tx, recruitment int64, a *Application) (int64, error) {
	s := step{by: Model, actor: api.CallerOf(ctx).AccountID, now: api.Now(ctx)}
	// This write conflicts with a closing and with a change of the terms, so that neither can happen at the same time.
	open, err := db.Exec(ctx, tx, sq.Update("recruitments").Set("booking_count", sq.Expr("booking_count + 1")).Where(sq.Eq{"id": recruitment, "state": recruitments.Open}))
	if err != nil {
		return 0, err
	}
	t, err := db.Get[terms](ctx, tx, sq.Select(db.Columns[terms]()...).From("recruitment_details").Where(sq.Eq{"id": recruitment}))
	if err != nil {
		return 0, err
	}
	if t.StoredState == recruitments.Draft {
		return 0, api.NotFound()
	}
	slot, err := db.Get[recruitments.Slot](ctx, tx, sq.Select(db.Columns[recruitments.Slot]()...).From("recruitment_slots").Where(sq.Eq{"id": a.SlotID, "recruitment_id": recruitment}))
	if errors.Is(err, db.ErrNotFound) {
		return 0, api.InvalidInput(api.NewFault("body.slotId", "unknown", "is not a slot of this recruitment"))
	}
	if err != nil {
		return 0, err
	}
	// The unique key decides. This comes first so that the caller is not told that the slot is full instead.
	booked, err := hasLive(ctx, tx, recruitment, s.actor)
	if err != nil {
		return 0, err
	}
	state, refused := begin(open > 0, t.InstantBook, booked, slot, s.now)
	switch {
	case refused == notOpen:
		return 0, api.WrongState(string(t.StoredState), "The recruitment is not open.")
	case refused == hasStarted:
		return 0, recruitments.WrongState(ctx, tx, recruitment, "The slot has started; choose a later one.")
	case refused == isBooked:
		return 0, alreadyBooked()
	case state == Waitlisted && !a.Waitlist:
		return 0, slotFull()
	case state == Confirmed:
		if err := takeTime(ctx, tx, t.StylistID, s.actor, timeOf(slot), 0); err != nil {
			return 0, err
		}
		if err := takeSeat(ctx, tx, slot.ID); err != nil {
			return 0, err
		}
	}
	id, err := db.Insert(ctx, tx, sq.Insert("bookings").SetMap(map[string]any{
		"recruitment_id": recruitment, "slot_id": slot.ID, "stylist_id": t.StylistID, "model_id": s.actor, "state": state, "message": a.Message,
		"agreed":     db.JSON[Agreed]{V: Agreed{Fee: t.Fee, Services: t.Services, Venue: t.Venue, NoticeHours: t.NoticeHours}},
		"created_at": s.now, "updated_at": s.now,
	}))
	if err != nil {
		return 0, err
	}
	if err := record(ctx, tx, id, state, s); err != nil {
		return 0, err
	}
	booking, _, err := load(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	return id, tell(ctx, tx, &booking, state, s)
}

func alreadyBooked() error {
	return api.Conflict("already_booked", "You have a live booking for this recruitment; withdraw or cancel it first.")
}
