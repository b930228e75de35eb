package api

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Clock tells the time for bookings, offers, recruitments and reviews.
type Clock interface {
	Now() time.Time
}

// Now returns the Clock's time, read once for the request that ctx belongs to,
// so that the whole request sees one time. It is in UTC and whole microseconds,
// as in the database. In a Stream it is read each time; outside of a request it
// is the real time.
func Now(ctx context.Context) time.Time {
	switch req := requestOf(ctx); {
	case !req.now.IsZero():
		return req.now
	case req.clock != nil:
		return microseconds(req.clock.Now())
	}
	return microseconds(time.Now())
}

func microseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Time is a moment in an answer: shown in whole seconds, since Swift's own decoder
// takes no fractions, and kept as exact as the database has it.
type Time struct{ time.Time }

// In returns the same moment in another zone.
func (t Time) In(zone *time.Location) Time { return Time{t.Time.In(zone)} }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) { return t.Time.Truncate(time.Second).MarshalJSON() }

// Schema implements huma.SchemaProvider.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	at, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("api: expected a time, not a %T", src)
	}
	t.Time = at
	return nil
}

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) { return t.Time, nil }
