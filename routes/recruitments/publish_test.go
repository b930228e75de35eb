package recruitments_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestPublishOpensADraftOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	created := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	got := stylist.Post(path("%d/publish", created), nil).Want(200).JSON()
	if got["state"] != "open" || fmt.Sprint(got["allowedActions"]) != "[close]" {
		t.Errorf("%v", got)
	}
	if p := stylist.Post(path("%d/publish", created), nil).Problem(409, "wrong_state"); p.State != "open" {
		t.Errorf("state %q", p.State)
	}
	s.Stylist().Post(path("%d/publish", created), nil).Problem(403, "forbidden")
	empty := id(stylist.Post("/v1/recruitments", draft(object{"slots": []object{}})).Want(201))
	stylist.Post(path("%d/publish", empty), nil).Problem(409, "no_slot")
	late := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	s.Clock.Move(72 * time.Hour)
	stylist.Post(path("%d/publish", late), nil).Problem(409, "no_slot")
}

func TestReopeningKeepsWhenItWasPublished(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	stylist.Post(path("%d/reopen", open), nil).Problem(409, "wrong_state")
	s.Exec("UPDATE recruitments SET state = 'closed' WHERE id = ?", open)
	s.Clock.Move(time.Hour)
	got := stylist.Post(path("%d/reopen", open), nil).Want(200).JSON()
	if got["state"] != "open" || got["publishedAt"] != "2031-03-03T12:00:00+09:00" {
		t.Errorf("%v", got)
	}
}

func TestReopeningNeedsASlotToCome(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	s.Exec("UPDATE recruitments SET state = 'closed'")
	s.Clock.Move(100 * time.Hour)
	stylist.Post(path("%d/reopen", open), nil).Problem(409, "no_slot")
}

func TestOfConcurrentPublicationsTheOthersAreToldTheState(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	for range 5 {
		created := id(stylist.Post("/v1/recruitments", draft()).Want(201))
		var wg sync.WaitGroup
		var published atomic.Int32
		for range 8 {
			wg.Go(func() {
				answer := stylist.Post(path("%d/publish", created), nil)
				if answer.Status == 200 {
					published.Add(1)
				} else if p := answer.Problem(409, "wrong_state"); p.State != "open" {
					t.Errorf("state %q", p.State)
				}
			})
		}
		wg.Wait()
		if published.Load() != 1 {
			t.Errorf("published %d times", published.Load())
		}
	}
}

func TestAnActionTakesNoBody(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	created := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	stylist.Post(path("%d/publish", created), object{"bogus": 1}).Faults("body.bogus")
	stylist.Call("POST", path("%d/publish", created), "{}", "Idempotency-Key: k").Want(200)
	stylist.Call("POST", path("%d/publish", created), nil, "Idempotency-Key: k").Problem(422, "idempotency_key_reused")
}
