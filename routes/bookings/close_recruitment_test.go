package bookings_test

import (
	"fmt"
	"sync"
	"testing"

	"freety/routes/routestest"
)

func TestClosingTurnsAwayWhoIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 2)
	confirmed, applied := id(apply(s.Model(), r, 0)), id(apply(s.Model(), r, 1))
	stylist.Post(booking(confirmed, "/accept"), nil).Want(200)
	waiting := id(apply(s.Model(), r, 0, object{"waitlist": true}))
	s.Stylist().Post(r.path("/close"), nil).Problem(403, "forbidden")
	got := stylist.Post(r.path("/close"), nil).Want(200).JSON()
	if got["state"] != "closed" || fmt.Sprint(got["allowedActions"]) != "[reopen]" {
		t.Errorf("%v", got)
	}
	for made, want := range map[int64]string{confirmed: "confirmed", waiting: "declined", applied: "declined"} {
		if got := stylist.Get(booking(made, "")).JSON()["state"]; got != want {
			t.Errorf("booking %d is %v, want %s", made, got, want)
		}
	}
	if p := apply(s.Model(), r, 1).Problem(409, "wrong_state"); p.State != "closed" {
		t.Errorf("state %q", p.State)
	}
	stylist.Post(r.path("/close"), nil).Problem(409, "wrong_state")
	audit(t, s)
}

func TestClosingAndApplyingAtOnceLeavesNothingLive(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	var models []routestest.Client
	for range 16 {
		models = append(models, s.Model())
	}
	for range 5 {
		r := open(t, stylist, 1)
		var wg sync.WaitGroup
		for i, model := range models {
			wg.Go(func() {
				if i == len(models)/2 {
					stylist.Post(r.path("/close"), nil).Want(200)
				}
				if answer := apply(model, r, 0); answer.Status != 201 {
					answer.Problem(409, "wrong_state")
				}
			})
		}
		wg.Wait()
		if n := s.Count("SELECT COUNT(*) FROM bookings WHERE recruitment_id = ? AND state = 'applied'", r.id); n != 0 {
			t.Errorf("%d applications to a closed recruitment are live", n)
		}
	}
	audit(t, s)
}
