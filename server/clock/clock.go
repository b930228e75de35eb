// Package clock has the clocks for bookings, offers, recruitments and reviews:
// the real time, and one that a demo can move forward.
package clock

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
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
func (System) Now() time.Time { return time.Now() }

const (
	// farthest is how far ahead of the real time a demo's clock can be.
	farthest = 3660 * 24 * time.Hour
	// watchInterval is how often a server reads the offset, which another may move.
	watchInterval = 500 * time.Millisecond
)

// Demo is the real time plus an offset. The offset is in the database, so that
// all servers of a demo show the same time and a restart changes nothing.
type Demo struct {
	db      *db.DB
	reading sync.Mutex   // held while the offset is read or moved, so that an older value cannot replace a newer one
	offset  atomic.Int64 // seconds
}

var (
	_ api.Clock       = (*Demo)(nil)
	_ system.Advancer = (*Demo)(nil)
)

// NewDemo makes a Demo with the offset that is in the database.
func NewDemo(ctx context.Context, d *db.DB) (*Demo, error) {
	c := &Demo{db: d}
	return c, c.Read(ctx)
}

// Now implements api.Clock.
func (c *Demo) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load()) * time.Second) }

// Read reads the offset from the database.
func (c *Demo) Read(ctx context.Context) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	offset, err := readOffset(ctx, c.db)
	if err == nil {
		c.offset.Store(offset)
	}
	return err
}

// Watch keeps reading the offset until ctx ends, because another server may move
// the clock.
func (c *Demo) Watch(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	lost := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := c.Read(ctx)
		if err != nil && !lost && ctx.Err() == nil {
			log.WarnContext(ctx, "the demo's clock cannot be read and keeps its offset", "error", db.Describe(err))
		}
		lost = err != nil
	}
}

func readOffset(ctx context.Context, on db.Queryer) (seconds int64, err error) {
	clock, err := db.Get[struct{ OffsetSeconds int64 }](ctx, on, sq.Select("offset_seconds").From("demo_clock").Where(sq.Eq{"id": 1}))
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	return clock.OffsetSeconds, err
}

// Advance moves the clock forward by whole seconds and returns what it shows
// now. It fails with system.ErrTooFar if the clock would be more than about ten
// years ahead, or go backwards.
func (c *Demo) Advance(ctx context.Context, by time.Duration) (shows time.Time, err error) {
	seconds := int64(by / time.Second)
	if seconds < 0 || by > farthest {
		return time.Time{}, system.ErrTooFar
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	var offset int64
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
		offset, err = readOffset(ctx, tx)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	c.offset.Store(offset)
	return c.Now().UTC().Truncate(time.Microsecond), nil
}
