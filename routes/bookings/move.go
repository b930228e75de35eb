package bookings

import (
	"context"
	"slices"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// The mails about a booking, by the names of their templates.
const (
	mailApplied   = "booking_applied"
	mailConfirmed = "booking_confirmed"
	mailDeclined  = "booking_declined"
	mailWithdrawn = "booking_withdrawn"
	mailCancelled = "booking_cancelled"
)

// act is the whole of a route that moves a booking: what the machine says, the
// seat, the agendas, the history and the mails, in one transaction.
func (b *Bookings) act(ctx context.Context, id int64, action Action, in *reasonInput) (*api.Body[Booking], error) {
	now, err := b.clock.Now(ctx)
	if err != nil {
		return nil, err
	}
	_, err = api.Write(ctx, b.db, func(tx *db.Tx) (int64, error) {
		for {
			booking, by, err := load(ctx, tx, id)
			if err != nil {
				return 0, err
			}
			to, verdict := next(action, by, booking.State, booking.times(now))
			switch verdict {
			case wrongActor:
				return 0, api.Forbidden("Only the other party of the booking may do this.")
			case wrongState:
				return 0, api.WrongState(string(booking.State), "The booking's state or time does not allow this now; allowedActions lists what it allows.")
			}
			moved, err := move(ctx, tx, &booking, to, step{by: by, actor: api.CallerOf(ctx).AccountID, reason: in.reason(), now: now})
			if err != nil || moved {
				return id, err
			}
			// Somebody moved it in between: the machine is asked about what it is now.
		}
	})
	if err != nil {
		return nil, err
	}
	return b.Get(ctx, &api.ID{ID: id})
}

// step is who moves a booking, and when.
type step struct {
	by     Party
	actor  int64
	reason api.Text
	now    time.Time
}

// move takes a booking from the state that it was read in to another one. It
// says false when the booking is no longer in that state.
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
	return true, announce(ctx, tx, b.ID, b.Stylist.ID, b.Model.ID, to, s)
}

// takeTime lets no one else take time of either party until the transaction
// ends, and refuses when one of them has a booking then other than this one. Raising the
// version is a write, so that on a cluster, whose nodes do not see each other's
// locks, the second of two such transactions fails and is run again.
func takeTime(ctx context.Context, tx *db.Tx, stylist, model int64, slot Slot, booking int64) error {
	if _, err := db.Exec(ctx, tx, sq.Update("accounts").Set("agenda_version", sq.Expr("agenda_version + 1")).Where(sq.Eq{"id": []int64{stylist, model}}).OrderBy("id")); err != nil {
		return err
	}
	clash, err := db.Get[struct{ Clashes int }](ctx, tx, sq.Select("COUNT(*) AS clashes").From("booking_details").
		Where(sq.Eq{"state": []State{Offered, Confirmed}}).Where(sq.NotEq{"id": booking}).
		Where(sq.Lt{"slot_starts_at": slot.EndsAt.UTC()}).Where(sq.Gt{"slot_ends_at": slot.StartsAt.UTC()}).
		Where(sq.Or{sq.Eq{"model_id": model}, sq.And{sq.Eq{"stylist_id": stylist}, sq.NotEq{"slot_id": slot.ID}}}))
	if err != nil {
		return err
	}
	if clash.Clashes > 0 {
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

// record adds to the history that nothing changes or deletes.
func record(ctx context.Context, tx *db.Tx, id int64, state State, s step) error {
	_, err := db.Exec(ctx, tx, sq.Insert("booking_events").SetMap(map[string]any{
		"booking_id": id, "state": state, "actor_role": s.by, "actor_id": s.actor, "reason": s.reason, "created_at": s.now,
	}))
	return err
}

// announce writes the mails that follow a move into a state.
func announce(ctx context.Context, tx *db.Tx, id, stylist, model int64, state State, s step) error {
	template, recipients := "", []int64{}
	switch state {
	case Applied, Waitlisted:
		template, recipients = mailApplied, []int64{stylist}
	case Confirmed:
		template, recipients = mailConfirmed, []int64{stylist, model}
	case Declined:
		template, recipients = mailDeclined, []int64{stylist, model}
	case Withdrawn:
		template, recipients = mailWithdrawn, []int64{stylist, model}
	case Cancelled:
		template, recipients = mailCancelled, []int64{stylist, model}
	}
	if state != Confirmed {
		// Whoever did it knows.
		recipients = slices.DeleteFunc(recipients, func(account int64) bool { return account == s.actor })
	}
	for _, account := range recipients {
		if err := api.Enqueue(ctx, tx, api.OutboxMail, api.MailSubject(template, id), account, time.Now()); err != nil {
			return err
		}
	}
	return nil
}
