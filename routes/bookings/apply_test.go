package bookings_test

import (
	"sync"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestAFullSlotIsRefusedOrWaitedFor(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 2)
	stylist.Post(booking(id(apply(s.Model(), r, 0)), "/accept"), nil).Want(200)
	second := s.Model()
	apply(second, r, 0).Problem(409, "slot_full")
	waiting := apply(second, r, 0, object{"waitlist": true}).Want(201)
	if waiting.JSON()["state"] != "waitlisted" {
		t.Errorf("%s", waiting.Body)
	}
	stylist.Post(booking(id(waiting), "/accept"), nil).Problem(409, "wrong_state")
	if got := second.Post(booking(id(waiting), "/withdraw"), nil).Want(200).JSON(); got["state"] != "withdrawn" {
		t.Errorf("%v", got)
	}
	if got := apply(second, r, 1, object{"waitlist": true}).Want(201).JSON(); got["state"] != "applied" {
		t.Errorf("a free slot with waitlist: %v", got)
	}
	audit(t, s)
}

func TestApplyingIsRefusedWhereItCannotBe(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	r, other := open(t, stylist, 2), open(t, stylist, 1)
	model.Post(r.path("/bookings"), object{"slotId": other.slots[0]}).Faults("body.slotId")
	model.Post(r.path("/bookings"), object{"slotId": 0, "messages": ""}).Faults("body.messages", "body.slotId")
	model.Post("/v1/recruitments/9999/bookings", object{"slotId": 1}).Problem(404, "not_found")
	apply(stylist, r, 0).Problem(403, "forbidden")
	apply(s.Anyone(), r, 0).Problem(401, "unauthenticated")
	made := id(apply(model, r, 0))
	apply(model, r, 1).Problem(409, "already_booked")
	model.Post(booking(made, "/withdraw"), nil).Want(200)
	id(apply(model, r, 1))
	s.Clock.Move(24 * time.Hour)
	apply(s.Model(), r, 0).Problem(409, "wrong_state")
	unpublished := open(t, stylist, 1, object{"publish": false, "slots": []object{{"startsAt": routestest.Start.AddDate(0, 0, 9), "endsAt": routestest.Start.AddDate(0, 0, 9).Add(time.Hour)}}})
	apply(s.Model(), unpublished, 0).Problem(404, "not_found")
	audit(t, s)
}

func TestInstantBookConfirmsAtOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	r := open(t, s.Stylist(), 1, object{"instantBook": true})
	got := apply(s.Model(), r, 0).Want(201).JSON()
	if got["state"] != "confirmed" || got["agreed"].(object)["venue"].(object)["detail"] != "테헤란로 123" {
		t.Errorf("%v", got)
	}
	apply(s.Model(), r, 0).Problem(409, "slot_full")
	if got := apply(s.Model(), r, 0, object{"waitlist": true}).Want(201).JSON(); got["state"] != "waitlisted" {
		t.Errorf("%v", got)
	}
	audit(t, s)
}

func TestNobodyIsBookedTwiceAtOneTime(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	at := func(from, to float64) object {
		start := routestest.Start.Add(24 * time.Hour)
		return object{"instantBook": true, "slots": []object{{"startsAt": start.Add(time.Duration(from * float64(time.Hour))), "endsAt": start.Add(time.Duration(to * float64(time.Hour))), "capacity": 2}}}
	}
	noon := open(t, stylist, 1, at(0, 2))
	id(apply(model, noon, 0))
	apply(model, open(t, s.Stylist(), 1, at(1, 3)), 0).Problem(409, "overlapping_booking")
	apply(s.Model(), open(t, stylist, 1, at(1.5, 3)), 0).Problem(409, "overlapping_booking")
	id(apply(s.Model(), noon, 0)) // another seat of the same slot
	id(apply(model, open(t, s.Stylist(), 1, at(2, 3)), 0))
	id(apply(s.Model(), open(t, stylist, 1, at(2, 3)), 0))
	third := s.Stylist()
	asked := id(apply(model, open(t, third, 1, at(0, 1), object{"instantBook": false}), 0)) // asking is free; being accepted is not
	third.Post(booking(asked, "/accept"), nil).Problem(409, "overlapping_booking")
	audit(t, s)
}

func TestWhatWasAgreedStaysWhenTheRecruitmentChanges(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 1)
	made := id(apply(model, r, 0))
	stylist.Call("PATCH", r.path(""), object{"fee": 90000, "title": "바뀐 제목", "venue": object{"detail": "다른 곳"}}).Want(200)
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	got := model.Get(booking(made, "")).Want(200).JSON()
	agreed := got["agreed"].(object)
	if agreed["fee"] != 5000.0 || agreed["venue"].(object)["detail"] != "테헤란로 123" || got["recruitment"].(object)["title"] != "바뀐 제목" {
		t.Errorf("%v", got)
	}
}

func TestOfManyModelsRacingForTheLastSeatExactlyOneGetsIt(t *testing.T) {
	t.Parallel()
	const racers, rounds = 64, 50
	s := routestest.New(t)
	var models []routestest.Client
	for range racers {
		models = append(models, s.Model())
	}
	slots := []object{}
	for round := range rounds {
		start := routestest.Start.Add(time.Duration(24+round) * time.Hour)
		slots = append(slots, object{"startsAt": start, "endsAt": start.Add(time.Hour)})
	}
	for round := range rounds {
		// A new recruitment each round, because a model has one live booking in each, of
		// a new stylist, because one may not have so many.
		r := open(t, s.Stylist(), 1, object{"instantBook": true, "slots": slots[round : round+1]})
		var mu sync.Mutex
		statuses := map[int]int{}
		var wg sync.WaitGroup
		for _, model := range models {
			wg.Go(func() {
				answer := apply(model, r, 0)
				if answer.Status != 201 {
					answer.Problem(409, "slot_full")
				}
				mu.Lock()
				defer mu.Unlock()
				statuses[answer.Status]++
			})
		}
		wg.Wait()
		if statuses[201] != 1 || statuses[409] != racers-1 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
	audit(t, s)
}

func TestABookingHasTheTermsThatHoldWhenItIsMade(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 1, object{"instantBook": true})
	// A change of the terms that has not been committed when the model applies.
	tx, err := s.DB.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE recruitments SET fee = 90000, instant_book = FALSE WHERE id = ?", r.id); err != nil {
		t.Fatal(err)
	}
	answer := make(chan routestest.Answer, 1)
	go func() { answer <- apply(model, r, 0) }()
	for begin := time.Now(); s.Count("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO LIKE 'UPDATE recruitments SET booking_count%'") == 0; {
		if time.Since(begin) > time.Minute {
			t.Fatal("the application does not wait for the change")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	got := (<-answer).Want(201).JSON()
	if got["state"] != "applied" || got["agreed"].(object)["fee"] != 90000.0 {
		t.Errorf("%v", got)
	}
}

func TestApplyingAgainIsSaidToBeThat(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	model := s.Model()
	r := open(t, s.Stylist(), 1, object{"instantBook": true})
	id(apply(model, r, 0))
	apply(model, r, 0).Problem(409, "already_booked")
}
