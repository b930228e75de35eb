package clock

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/system"
)

func ahead(c api.Clock) time.Duration { return time.Until(c.Now()).Round(time.Second) }

func newDemo(t *testing.T, d *db.DB) *Demo {
	t.Helper()
	c, err := NewDemo(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func advance(t *testing.T, c *Demo, by time.Duration) {
	t.Helper()
	if _, err := c.Advance(t.Context(), by); err != nil {
		t.Fatal(err)
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	if got := ahead(System{}); got != 0 {
		t.Errorf("%s ahead", got)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c := newDemo(t, d)
	if got := ahead(c); got != 0 {
		t.Errorf("at first %s ahead", got)
	}
	// All at once: each of them must count.
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := c.Advance(t.Context(), 24*time.Hour); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := ahead(c); got != 240*time.Hour {
		t.Errorf("%s ahead", got)
	}
	shows, err := c.Advance(t.Context(), time.Hour)
	if err != nil || time.Until(shows).Round(time.Second) != 241*time.Hour {
		t.Errorf("%s, %v", shows, err)
	}
	if shows.Location() != time.UTC || shows.Nanosecond()%1000 != 0 {
		t.Errorf("%s is not UTC in microseconds", shows)
	}
	if got := ahead(newDemo(t, d)); got != 241*time.Hour {
		t.Errorf("another server's is %s ahead", got)
	}
	for _, by := range []time.Duration{-time.Second, farthest, 1<<63 - 1} {
		if _, err := c.Advance(t.Context(), by); !errors.Is(err, system.ErrTooFar) {
			t.Errorf("by %s: %v", by, err)
		}
	}
	if got := ahead(c); got != 241*time.Hour {
		t.Errorf("%s ahead after a refusal", got)
	}
	if _, err := c.Advance(t.Context(), farthest-241*time.Hour); err != nil {
		t.Errorf("up to the limit: %v", err)
	}
}

func TestWatchShowsWithinASecondHowAnotherServerMovedTheClock(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one, other := newDemo(t, d), newDemo(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { other.Watch(ctx, slog.New(slog.DiscardHandler)) })
	for moved := time.Hour; moved <= 2*time.Hour; moved += time.Hour {
		advance(t, one, time.Hour)
		begin := time.Now()
		for ahead(other) != moved {
			if time.Since(begin) > time.Second {
				t.Fatalf("%s ahead after a second, want %s", ahead(other), moved)
			}
			time.Sleep(time.Millisecond)
		}
	}
	cancel()
	watching.Wait()
}

func TestNowAsksNoDatabase(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c := newDemo(t, d)
	advance(t, c, time.Hour)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if c.Read(t.Context()) == nil {
		t.Fatal("the database still answers")
	}
	if got := ahead(c); got != time.Hour {
		t.Errorf("%s ahead", got)
	}
	if _, err := NewDemo(t.Context(), d); err == nil {
		t.Error("a clock was made without the database")
	}
}

func TestReadGoesBackToTheRealTimeWhenTheOffsetIsGone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c := newDemo(t, d)
	advance(t, c, time.Hour)
	if _, err := d.ExecContext(t.Context(), "DELETE FROM demo_clock"); err != nil {
		t.Fatal(err)
	}
	if err := c.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ahead(c); got != 0 {
		t.Errorf("%s ahead", got)
	}
}

func TestWatchReportsOnceThatTheClockCannotBeRead(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c := newDemo(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*watchInterval)
	defer cancel()
	var log bytes.Buffer
	c.Watch(ctx, slog.New(slog.NewTextHandler(&log, nil)))
	if got := strings.Count(log.String(), "cannot be read"); got != 1 {
		t.Errorf("reported %d times: %s", got, log.String())
	}
}
