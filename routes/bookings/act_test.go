package bookings_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestAnApplicationIsAcceptedAndBothSeeTheAddress(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 1)
	answer := apply(model, r, 0).Want(201)
	made := id(answer)
	got := answer.JSON()
	if got["state"] != "applied" || answer.Header.Get("Location") != booking(made, "") || got["message"] != "안녕하세요" || fmt.Sprint(got["allowedActions"]) != "[withdraw]" {
		t.Errorf("%v", got)
	}
	if slot := got["slot"].(object); slot["startsAt"] != "2031-03-04T12:00:00+09:00" {
		t.Errorf("%v", slot)
	}
	if strings.Contains(string(answer.Body), "테헤란로") || strings.Contains(string(answer.Body), "37.50063") {
		t.Errorf("the model sees the address too early: %s", answer.Body)
	}
	if got := stylist.Get(booking(made, "")).Want(200).JSON(); fmt.Sprint(got["allowedActions"]) != "[accept decline]" {
		t.Errorf("%v", got)
	}
	stylist.Post(booking(made, "/accept"), object{"reason": "환영합니다"}).Want(200)
	for _, party := range []routestest.Client{stylist, model} {
		got := party.Get(booking(made, "")).Want(200).JSON()
		venue := got["agreed"].(object)["venue"].(object)
		if got["state"] != "confirmed" || venue["detail"] != "테헤란로 123" || venue["lat"] != 37.50063 || fmt.Sprint(got["allowedActions"]) != "[cancel]" {
			t.Errorf("%v", got)
		}
		if _, there := got["cancelledBy"]; there {
			t.Errorf("%v", got)
		}
	}
	for _, stranger := range []routestest.Client{s.Stylist(), s.Model()} {
		stranger.Get(booking(made, "")).Problem(404, "not_found")
		stranger.Get(booking(made, "/events")).Problem(404, "not_found")
		for _, action := range []string{"accept", "decline", "withdraw", "cancel", "complete"} {
			stranger.Post(booking(made, "/"+action), nil).Problem(404, "not_found")
		}
	}
	s.Anyone().Get(booking(made, "")).Problem(401, "unauthenticated")
	if p := stylist.Post(booking(made, "/accept"), nil).Problem(409, "wrong_state"); p.State != "confirmed" {
		t.Errorf("state %q", p.State)
	}
	audit(t, s)
}

func TestWhatHasEndedIsNeitherDeclinedNorWithdrawn(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	made := id(apply(model, open(t, stylist, 1), 0))
	model.Post(booking(made, "/withdraw"), nil).Want(200)
	for _, answer := range []routestest.Answer{stylist.Post(booking(made, "/decline"), nil), model.Post(booking(made, "/withdraw"), nil)} {
		if p := answer.Problem(409, "wrong_state"); p.State != "withdrawn" {
			t.Errorf("state %q", p.State)
		}
	}
}

func TestAcceptingTakesTheLastSeatOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 1)
	first, second := id(apply(s.Model(), r, 0)), id(apply(s.Model(), r, 0))
	stylist.Post(booking(first, "/accept"), nil).Want(200)
	stylist.Post(booking(second, "/accept"), nil).Problem(409, "slot_full")
	if got := stylist.Get(booking(second, "")).JSON(); got["state"] != "applied" {
		t.Errorf("%v", got)
	}
	audit(t, s)
}

func TestACancelledBookingFreesItsSeatAndHidesTheAddress(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 2, object{"noticeHours": 24})
	inTime := id(apply(model, r, 1))
	stylist.Post(booking(inTime, "/accept"), nil).Want(200)
	answer := model.Post(booking(inTime, "/cancel"), nil).Want(200)
	if got := answer.JSON(); got["state"] != "cancelled" || got["cancelledBy"] != "model" || got["late"] != false || strings.Contains(string(answer.Body), "테헤란로") {
		t.Errorf("%s", answer.Body)
	}
	late := id(apply(model, r, 0))
	stylist.Post(booking(late, "/accept"), nil).Want(200)
	s.Clock.Move(time.Second)
	if got := stylist.Post(booking(late, "/cancel"), nil).Want(200).JSON(); got["cancelledBy"] != "stylist" || got["late"] != true {
		t.Errorf("%v", got)
	}
	id(apply(s.Model(), r, 0))
	audit(t, s)
}

func TestWrongActorsAndTimesAreRefused(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 1)
	made := id(apply(model, r, 0))
	model.Post(booking(made, "/accept"), nil).Problem(403, "forbidden")
	stylist.Post(booking(made, "/withdraw"), nil).Problem(403, "forbidden")
	stylist.Post(booking(made, "/cancel"), nil).Problem(409, "wrong_state")
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	stylist.Post(booking(made, "/complete"), nil).Problem(409, "wrong_state")
	model.Post(booking(made, "/complete"), nil).Problem(403, "forbidden")
	s.Clock.Move(24*time.Hour + time.Minute)
	model.Post(booking(made, "/cancel"), nil).Problem(409, "wrong_state")
	s.Clock.Move(2 * time.Hour)
	if got := stylist.Post(booking(made, "/complete"), nil).Want(200).JSON(); got["state"] != "completed" {
		t.Errorf("%v", got)
	}
	audit(t, s)
}

func TestAcceptingChecksTheModelsOtherBookings(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	first, second, model := s.Stylist(), s.Stylist(), s.Model()
	a, b := id(apply(model, open(t, first, 1), 0)), id(apply(model, open(t, second, 1), 0))
	first.Post(booking(a, "/accept"), nil).Want(200)
	second.Post(booking(b, "/accept"), nil).Problem(409, "overlapping_booking")
	first.Post(booking(a, "/cancel"), nil).Want(200)
	second.Post(booking(b, "/accept"), nil).Want(200)
	audit(t, s)
}

func TestAnIdempotencyKeyMakesARepeatedActionHarmless(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	made := id(apply(model, open(t, stylist, 1), 0))
	for range 2 {
		stylist.Call("POST", booking(made, "/accept"), nil, "Idempotency-Key: a").Want(200)
	}
	stylist.Call("POST", booking(made, "/accept"), nil, "Idempotency-Key: b").Problem(409, "wrong_state")
	if n := s.Count("SELECT COUNT(*) FROM booking_events"); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestOfConcurrentAcceptancesOfOneBookingTheOthersAreToldTheState(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	made := id(apply(s.Model(), open(t, stylist, 1), 0))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if answer := stylist.Post(booking(made, "/accept"), nil); answer.Status != 200 {
				if p := answer.Problem(409, "wrong_state"); p.State != "confirmed" {
					t.Errorf("state %q", p.State)
				}
			}
		})
	}
	wg.Wait()
	audit(t, s)
}

func TestOfManyAcceptancesOfOverlappingBookingsOneHolds(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	model := s.Model()
	const stylists = 12
	bookingsOf := map[int64]routestest.Client{}
	for range stylists {
		stylist := s.Stylist()
		bookingsOf[id(apply(model, open(t, stylist, 1), 0))] = stylist
	}
	var wg sync.WaitGroup
	for made, stylist := range bookingsOf {
		wg.Go(func() {
			if answer := stylist.Post(booking(made, "/accept"), nil); answer.Status != 200 {
				answer.Problem(409, "overlapping_booking")
			}
		})
	}
	wg.Wait()
	if n := s.Count("SELECT COUNT(*) FROM bookings WHERE state = 'confirmed'"); n != 1 {
		t.Errorf("%d bookings at one time are confirmed", n)
	}
	audit(t, s)
}
