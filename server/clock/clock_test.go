package clock

import (
	"errors"
	"sync"
	"testing"
	"time"

	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/system"
)

func ahead(t *testing.T, c api.Clock) time.Duration {
	t.Helper()
	shows, err := c.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if shows.Location() != time.UTC || shows.Nanosecond()%1000 != 0 {
		t.Errorf("%s is not UTC in microseconds", shows)
	}
	return time.Until(shows).Round(time.Second)
}

func TestSystem(t *testing.T) {
	if got := ahead(t, System{}); got != 0 {
		t.Errorf("%s ahead", got)
	}
}

func TestDemo(t *testing.T) {
	d := dbtest.New(t)
	c := NewDemo(d)
	if got := ahead(t, c); got != 0 {
		t.Errorf("at first %s ahead", got)
	}
	// All at once, since each must count.
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := c.Advance(t.Context(), 24*time.Hour); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := ahead(t, c); got != 240*time.Hour {
		t.Errorf("%s ahead", got)
	}
	shows, err := c.Advance(t.Context(), time.Hour)
	if err != nil || time.Until(shows).Round(time.Second) != 241*time.Hour {
		t.Errorf("%s, %v", shows, err)
	}
	if got := ahead(t, NewDemo(d)); got != 241*time.Hour {
		t.Errorf("another server's is %s ahead", got)
	}
	for _, by := range []time.Duration{-time.Second, farthest, 1<<63 - 1} {
		if _, err := c.Advance(t.Context(), by); !errors.Is(err, system.ErrTooFar) {
			t.Errorf("by %s: %v", by, err)
		}
	}
	if got := ahead(t, c); got != 241*time.Hour {
		t.Errorf("%s ahead after a refusal", got)
	}
	if _, err := c.Advance(t.Context(), farthest-241*time.Hour); err != nil {
		t.Errorf("up to the limit: %v", err)
	}
}
