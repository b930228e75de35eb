// Package notices tells people about events that concern them. A notice holds the
// facts of an event as they were then, and the letter is written from these.
package notices

import (
	"context"
	"strconv"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Kind is the event that a notice is about. Each kind has a template of that name
// in every language, and is also a kind of task of the outbox.
type Kind string

// The kinds of notices; the facts of all of them are a Booking.
const (
	BookingApplied    Kind = "booking_applied"
	BookingWaitlisted Kind = "booking_waitlisted"
	BookingConfirmed  Kind = "booking_confirmed"
	BookingDeclined   Kind = "booking_declined"
	BookingWithdrawn  Kind = "booking_withdrawn"
	BookingCancelled  Kind = "booking_cancelled"
)

var kinds = []Kind{BookingApplied, BookingWaitlisted, BookingConfirmed, BookingDeclined, BookingWithdrawn, BookingCancelled}

// Notice is what one person is told.
type Notice struct {
	To    int64 // an account
	Kind  Kind
	Facts any // kept as JSON
}

// Tell writes notices, and the tasks that deliver them, in the transaction of the
// event.
func Tell(ctx context.Context, tx *db.Tx, notices ...Notice) error {
	now := time.Now().UTC()
	for _, n := range notices {
		id, err := db.Insert(ctx, tx, sq.Insert("notices").SetMap(map[string]any{
			"account_id": n.To, "kind": n.Kind, "facts": db.JSON[any]{V: n.Facts}, "created_at": now,
		}))
		if err != nil {
			return err
		}
		if err := api.Enqueue(ctx, tx, string(n.Kind), strconv.FormatInt(id, 10), n.To, now); err != nil {
			return err
		}
	}
	return nil
}
