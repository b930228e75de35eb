package bookings

import (
	"context"
	"slices"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

type actionInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body *ReasonInput
}

// ReasonInput says why a party acts.
type ReasonInput struct {
	Reason api.Text `json:"reason,omitempty" maxLength:"500" doc:"For the other party and the history."`
}

// Act returns the handler of an action. In one transaction it asks the state
// machine and writes the state, the seat, the agendas, the history and the
// notices.
func (b *Bookings) Act(action Action) api.Handler[actionInput, api.Body[Booking]] {
	return func(ctx context.Context, in *actionInput) (*api.Body[Booking], error) {
		_, err := api.Write(ctx, b.db, func(tx *db.Tx) (int64, error) { return in.ID, act(ctx, tx, in, action) })
		if err != nil {
			return nil, err
		}
		return b.Get(ctx, &api.ID{ID: in.ID})
	}
}

func act(ctx context.Context, tx *db.Tx, in *actionInput, action Action) error {
	s := step{actor: api.CallerOf(ctx).AccountID, now: api.Now(ctx)}
	if in.Body != nil {
		s.reason = in.Body.Reason
	}
	for {
		booking, by, err := load(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		to, verdict := next(action, by, booking.State, booking.times(s.now))
		switch verdict {
		case wrongActor:
			return api.Forbidden("Only the other party of the booking may do this.")
		case wrongState:
			return api.WrongState(string(booking.State), "The booking's state or time does not allow this now; allowedActions lists what it allows.")
		}
		s.by = by
		if moved, err := move(ctx, tx, &booking, to, s); err != nil || moved {
			return err
		}
		// Somebody has moved it meanwhile, so ask the machine again about its new state.
	}
}

// step is who moves a booking, when and why.
type step struct {
	by     Party
	actor  int64
	reason api.Text
	now    time.Time
}

// move takes a booking from the state in which it was read to another one. It
// reports false if the booking is no longer in that state.
func move(ctx context.Context, tx *db.Tx, b *Booking, to State, s step) (bool, error) {
	takes := to.holdsSeat() && !b.State.holdsSeat()
	if takes {
		if err := takeTime(ctx, tx, b.Stylist.ID, b.Model.ID, b.Slot, b.ID); err != nil {
			return false, err
		}
	}
	set := sq.Update("bookings").Set("state", to).Set("expires_at", nil).Set("updated_at", s.now).Where(sq.Eq{"id": b.ID, "state": b.State})
	if to == Cancelled {
		set = set.Set("cancelled_by", s.by).Set("late", b.times(s.now).late(b.Agreed.V.NoticeHours))
	}
	moved, err := db.Exec(ctx, tx, set)
	if err != nil || moved == 0 {
		return false, err
	}
	switch {
	case takes:
		err = takeSeat(ctx, tx, b.Slot.ID)
	case b.State.holdsSeat() && !to.holdsSeat():
		err = freeSeat(ctx, tx, b.Slot.ID)
	}
	if err != nil {
		return false, err
	}
	if err := record(ctx, tx, b.ID, to, s); err != nil {
		return false, err
	}
	return true, tell(ctx, tx, b, to, s)
}

// takeTime locks both agendas and refuses an overlap with a booking other than
// this one. Raising the version is a write, so that on a cluster, whose nodes do
// not see each other's locks, the second of two such transactions fails and is
// run again.
func takeTime(ctx context.Context, tx *db.Tx, stylist, model int64, slot Slot, booking int64) error {
	if _, err := db.Exec(ctx, tx, sq.Update("accounts").Set("agenda_version", sq.Expr("agenda_version + 1")).Where(sq.Eq{"id": []int64{stylist, model}}).OrderBy("id")); err != nil {
		return err
	}
	held, err := engagements(ctx, tx, stylist, model, booking, slot.StartsAt.Time, slot.EndsAt.Time)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(e engagement) bool { return e.overlaps(slot, model) }) {
		return api.Conflict("overlapping_booking", "The model or the stylist has another booking at this time.")
	}
	return nil
}

func takeSeat(ctx context.Context, tx *db.Tx, slot int64) error {
	taken, err := db.Exec(ctx, tx, sq.Update("slots").Set("taken", sq.Expr("taken + 1")).Where(sq.Eq{"id": slot}).Where("taken < capacity"))
	if err == nil && taken == 0 {
		return slotFull()
	}
	return err
}

func freeSeat(ctx context.Context, tx *db.Tx, slot int64) error {
	_, err := db.Exec(ctx, tx, sq.Update("slots").Set("taken", sq.Expr("taken - 1")).Where(sq.Eq{"id": slot}))
	return err
}

func slotFull() error {
	return api.Conflict("slot_full", "Every seat of this slot is taken; choose another slot, or ask for the waitlist.")
}

// record adds to the history, which nothing ever changes or deletes.
func record(ctx context.Context, tx *db.Tx, id int64, state State, s step) error {
	_, err := db.Exec(ctx, tx, sq.Insert("booking_events").SetMap(map[string]any{
		"booking_id": id, "state": state, "actor_role": s.by, "actor_id": s.actor, "reason": s.reason, "created_at": s.now,
	}))
	return err
}
