package api

import (
	"context"
	"time"
)

// Clock tells the time that bookings, offers, recruitments and reviews live by.
type Clock interface {
	Now() time.Time
}

// Now is the Clock's time, read once for the request that ctx belongs to, so
// that one request sees one time: UTC, in whole microseconds, as the database
// keeps it. In a Stream it is read each time. Outside of a request it is the
// real time.
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
