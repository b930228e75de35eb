package api

import (
	"context"
	"time"
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
