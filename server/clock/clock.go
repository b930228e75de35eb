// Package clock holds the clocks that bookings, offers, recruitments and
// reviews can live by: the real one, and one that a demo moves forward.
package clock

import (
	"context"
	"errors"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/system"

	sq "github.com/Masterminds/squirrel"
)

// System is the real time.
type System struct{}

var _ api.Clock = System{}

// Now implements api.Clock.
func (System) Now(context.Context) (time.Time, error) { return now(), nil }

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// farthest is how far ahead of the real time a demo's clock can be.
const farthest = 3660 * 24 * time.Hour

// Demo is the real time and an offset, which is kept in the database, so that
// all servers of a demo show the same and a restart changes nothing.
type Demo struct{ db *db.DB }

var (
	_ api.Clock       = (*Demo)(nil)
	_ system.Advancer = (*Demo)(nil)
)

// NewDemo makes a Demo.
func NewDemo(d *db.DB) *Demo { return &Demo{d} }

// Now implements api.Clock.
func (c *Demo) Now(ctx context.Context) (time.Time, error) { return c.on(ctx, c.db) }

func (c *Demo) on(ctx context.Context, on db.Queryer) (time.Time, error) {
	clock, err := db.Get[struct{ OffsetSeconds int64 }](ctx, on, sq.Select("offset_seconds").From("demo_clock").Where(sq.Eq{"id": 1}))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return time.Time{}, err
	}
	return now().Add(time.Duration(clock.OffsetSeconds) * time.Second), nil
}

// Advance moves the clock forward by whole seconds and returns what it shows
// now. system.ErrTooFar when it would be more than about ten years ahead, or go
// backwards.
func (c *Demo) Advance(ctx context.Context, by time.Duration) (shows time.Time, err error) {
	seconds := int64(by / time.Second)
	if seconds < 0 || by > farthest {
		return time.Time{}, system.ErrTooFar
	}
	err = c.db.InTx(ctx, func(tx *db.Tx) error {
		if _, err := db.Exec(ctx, tx, sq.Insert("demo_clock").Columns("id", "offset_seconds").Values(1, 0).Suffix("ON DUPLICATE KEY UPDATE id = id")); err != nil {
			return err
		}
		moved, err := db.Exec(ctx, tx, sq.Update("demo_clock").Set("offset_seconds", sq.Expr("offset_seconds + ?", seconds)).
			Where(sq.Eq{"id": 1}).Where(sq.LtOrEq{"offset_seconds": int64(farthest/time.Second) - seconds}))
		if err != nil {
			return err
		}
		if moved == 0 {
			return system.ErrTooFar
		}
		shows, err = c.on(ctx, tx)
		return err
	})
	return shows, err
}
