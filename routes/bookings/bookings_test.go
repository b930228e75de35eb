package bookings_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/api/apitest"
	"freety/routes/bookings"
	"freety/routes/photos"
	"freety/routes/recruitments"
)

type object = map[string]any

func serve(t testing.TB) *apitest.Server {
	return apitest.New(t, func(a *api.API, s *apitest.Server) {
		links := photos.Links{BaseURL: "https://freety.example"}
		r := recruitments.New(s.DB, photos.NewLibrary(s.DB, nil, links), s.Clock)
		b := bookings.New(s.DB, r, links, s.Clock)
		api.Post(a, "/v1/recruitments", api.Stylists, "create", "", r.Create, api.Status(201))
		api.Get(a, "/v1/recruitments/{id}", api.Anyone, "read", "", r.Get)
		api.Patch(a, "/v1/recruitments/{id}", api.SignedIn, "update", "", r.Update)
		api.Delete(a, "/v1/recruitments/{id}", api.SignedIn, "delete", "", b.DeleteRecruitment)
		api.Post(a, "/v1/recruitments/{id}/close", api.SignedIn, "close", "", b.CloseRecruitment)
		api.Post(a, "/v1/recruitments/{id}/bookings", api.Models, "apply", "", b.Apply, api.Status(201))
		api.Get(a, "/v1/me/bookings", api.SignedIn, "list", "", b.ListMine)
		api.Get(a, "/v1/bookings/{id}", api.SignedIn, "get", "", b.Get)
		api.Get(a, "/v1/bookings/{id}/events", api.SignedIn, "events", "", b.ListEvents)
		api.Post(a, "/v1/bookings/{id}/accept", api.SignedIn, "accept", "", b.Accept)
		api.Post(a, "/v1/bookings/{id}/decline", api.SignedIn, "decline", "", b.Decline)
		api.Post(a, "/v1/bookings/{id}/withdraw", api.SignedIn, "withdraw", "", b.Withdraw)
		api.Post(a, "/v1/bookings/{id}/cancel", api.SignedIn, "cancel", "", b.Cancel)
		api.Post(a, "/v1/bookings/{id}/complete", api.SignedIn, "complete", "", b.Complete)
	})
}

// recruitment is an open recruitment and its slots.
type recruitment struct {
	id    int64
	slots []int64
}

// open publishes a recruitment with a slot on each of the days after the first,
// noon to two in Seoul.
func open(t testing.TB, stylist apitest.Client, days int, changes ...object) recruitment {
	t.Helper()
	slots := []object{}
	for day := range days {
		slots = append(slots, object{"startsAt": apitest.Start.AddDate(0, 0, day+1), "endsAt": apitest.Start.AddDate(0, 0, day+1).Add(2 * time.Hour)})
	}
	body := object{
		"title": "컷 모델", "body": "", "services": []string{"cut"}, "fee": 5000, "publish": true, "slots": slots,
		"venue": object{"province": "서울특별시", "district": "강남구", "detail": "테헤란로 123", "lat": 37.50063, "lng": 127.03641},
	}
	for _, change := range changes {
		maps.Copy(body, change)
	}
	created := stylist.Post("/v1/recruitments", body).Want(201).JSON()
	r := recruitment{id: int64(created["id"].(float64))}
	for _, slot := range created["slots"].([]any) {
		r.slots = append(r.slots, int64(slot.(object)["id"].(float64)))
	}
	return r
}

func (r recruitment) path(suffix string) string {
	return fmt.Sprintf("/v1/recruitments/%d%s", r.id, suffix)
}

func apply(c apitest.Client, r recruitment, slot int, more ...object) apitest.Answer {
	body := object{"slotId": r.slots[slot], "message": "안녕하세요"}
	for _, m := range more {
		maps.Copy(body, m)
	}
	return c.Post(r.path("/bookings"), body)
}

func id(a apitest.Answer) int64 { return int64(a.Want(201).JSON()["id"].(float64)) }

func booking(id int64, suffix string) string { return fmt.Sprintf("/v1/bookings/%d%s", id, suffix) }

// audit fails when a slot's seats differ from its bookings.
func audit(t testing.TB, s *apitest.Server) {
	t.Helper()
	if n := s.Count(`SELECT COUNT(*) FROM slots s WHERE s.taken <> (SELECT COUNT(*) FROM bookings b WHERE b.slot_id = s.id AND b.state IN ('confirmed', 'offered'))`); n != 0 {
		t.Errorf("%d slots count other seats than their bookings take", n)
	}
	if n := s.Count(`SELECT COUNT(*) FROM bookings b WHERE b.state <> (SELECT e.state FROM booking_events e WHERE e.booking_id = b.id ORDER BY e.id DESC LIMIT 1)`); n != 0 {
		t.Errorf("%d bookings are not in the state of their last event", n)
	}
}

func TestAnApplicationIsAcceptedAndBothSeeTheAddress(t *testing.T) {
	t.Parallel()
	s := serve(t)
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
	for _, party := range []apitest.Client{stylist, model} {
		got := party.Get(booking(made, "")).Want(200).JSON()
		venue := got["agreed"].(object)["venue"].(object)
		if got["state"] != "confirmed" || venue["detail"] != "테헤란로 123" || venue["lat"] != 37.50063 || fmt.Sprint(got["allowedActions"]) != "[cancel]" {
			t.Errorf("%v", got)
		}
		if _, there := got["cancelledBy"]; there {
			t.Errorf("%v", got)
		}
	}
	for _, stranger := range []apitest.Client{s.Stylist(), s.Model()} {
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
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE subject = ?", fmt.Sprintf("booking_confirmed:%d", made)); n != 2 {
		t.Errorf("%d mails of the confirmation, want one to each", n)
	}
	audit(t, s)
}

func TestTheHistoryTellsWhoAndWhen(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist, model := s.Stylist(), s.Model()
	made := id(apply(model, open(t, stylist, 1), 0))
	s.Clock.Advance(time.Minute)
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	s.Clock.Advance(time.Minute)
	model.Post(booking(made, "/cancel"), object{"reason": "감기"}).Want(200)
	var got []string
	for _, item := range model.Get(booking(made, "/events")).Want(200).JSON()["items"].([]any) {
		e := item.(object)
		got = append(got, fmt.Sprint(e["state"], " ", e["actor"].(object)["role"], " ", e["actor"].(object)["id"], " ", e["reason"], " ", e["createdAt"]))
	}
	want := []string{
		fmt.Sprintf("applied model %d  2031-03-03T12:00:00+09:00", model.ID),
		fmt.Sprintf("confirmed stylist %d  2031-03-03T12:01:00+09:00", stylist.ID),
		fmt.Sprintf("cancelled model %d 감기 2031-03-03T12:02:00+09:00", model.ID),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAFullSlotIsRefusedOrWaitedFor(t *testing.T) {
	t.Parallel()
	s := serve(t)
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

func TestAcceptingTakesTheLastSeatOnce(t *testing.T) {
	t.Parallel()
	s := serve(t)
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
	s := serve(t)
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
	s.Clock.Advance(time.Second)
	if got := stylist.Post(booking(late, "/cancel"), nil).Want(200).JSON(); got["cancelledBy"] != "stylist" || got["late"] != true {
		t.Errorf("%v", got)
	}
	id(apply(s.Model(), r, 0))
	audit(t, s)
}

func TestWrongActorsAndTimesAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 1)
	made := id(apply(model, r, 0))
	model.Post(booking(made, "/accept"), nil).Problem(403, "forbidden")
	stylist.Post(booking(made, "/withdraw"), nil).Problem(403, "forbidden")
	stylist.Post(booking(made, "/cancel"), nil).Problem(409, "wrong_state")
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	stylist.Post(booking(made, "/complete"), nil).Problem(409, "wrong_state")
	model.Post(booking(made, "/complete"), nil).Problem(403, "forbidden")
	s.Clock.Advance(24*time.Hour + time.Minute)
	model.Post(booking(made, "/cancel"), nil).Problem(409, "wrong_state")
	s.Clock.Advance(2 * time.Hour)
	if got := stylist.Post(booking(made, "/complete"), nil).Want(200).JSON(); got["state"] != "completed" {
		t.Errorf("%v", got)
	}
	audit(t, s)
}

func TestApplyingIsRefusedWhereItCannotBe(t *testing.T) {
	t.Parallel()
	s := serve(t)
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
	s.Clock.Advance(24 * time.Hour)
	apply(s.Model(), r, 0).Problem(409, "wrong_state")
	unpublished := open(t, stylist, 1, object{"publish": false, "slots": []object{{"startsAt": apitest.Start.AddDate(0, 0, 9), "endsAt": apitest.Start.AddDate(0, 0, 9).Add(time.Hour)}}})
	apply(s.Model(), unpublished, 0).Problem(404, "not_found")
	audit(t, s)
}

func TestInstantBookConfirmsAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t)
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
	s := serve(t)
	stylist, model := s.Stylist(), s.Model()
	at := func(from, to float64) object {
		start := apitest.Start.Add(24 * time.Hour)
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

func TestAcceptingChecksTheModelsOtherBookings(t *testing.T) {
	t.Parallel()
	s := serve(t)
	first, second, model := s.Stylist(), s.Stylist(), s.Model()
	a, b := id(apply(model, open(t, first, 1), 0)), id(apply(model, open(t, second, 1), 0))
	first.Post(booking(a, "/accept"), nil).Want(200)
	second.Post(booking(b, "/accept"), nil).Problem(409, "overlapping_booking")
	first.Post(booking(a, "/cancel"), nil).Want(200)
	second.Post(booking(b, "/accept"), nil).Want(200)
	audit(t, s)
}

func TestWhatWasAgreedStaysWhenTheRecruitmentChanges(t *testing.T) {
	t.Parallel()
	s := serve(t)
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

func TestAnIdempotencyKeyMakesARepeatedActionHarmless(t *testing.T) {
	t.Parallel()
	s := serve(t)
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

func TestClosingTurnsAwayWhoIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s := serve(t)
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

func TestDeletingNeedsThatNothingIsConfirmed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist, model := s.Stylist(), s.Model()
	r := open(t, stylist, 2)
	confirmed, applied := id(apply(model, r, 0)), id(apply(s.Model(), r, 1))
	stylist.Post(booking(confirmed, "/accept"), nil).Want(200)
	stylist.Call("DELETE", r.path(""), nil).Problem(409, "confirmed_bookings")
	if got := stylist.Get(booking(applied, "")).JSON()["state"]; got != "applied" {
		t.Errorf("a refused deletion left the application %v", got)
	}
	model.Post(booking(confirmed, "/cancel"), nil).Want(200)
	model.Call("DELETE", r.path(""), nil).Problem(403, "forbidden")
	stylist.Call("DELETE", r.path(""), nil).Want(204)
	stylist.Get(r.path("")).Problem(404, "not_found")
	stylist.Call("DELETE", r.path(""), nil).Problem(404, "not_found")
	if got := model.Get(booking(confirmed, "")).Want(200).JSON()["recruitment"].(object)["title"]; got != "컷 모델" {
		t.Errorf("the booking's recruitment is called %v", got)
	}
	audit(t, s)
}

func TestMyBookingsAreListedByStateTimeAndSort(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist, model := s.Stylist(), s.Model()
	late, early := open(t, stylist, 3), open(t, stylist, 1)
	first := id(apply(model, late, 2))
	s.Clock.Advance(time.Minute)
	second := id(apply(model, early, 0))
	id(apply(s.Model(), late, 1))
	stylist.Post(booking(second, "/accept"), nil).Want(200)
	list := func(c apitest.Client, query string) string {
		ids := []int64{}
		for cursor := ""; ; {
			page := c.Get("/v1/me/bookings?limit=1&" + query + cursor).Want(200).JSON()
			for _, item := range page["items"].([]any) {
				ids = append(ids, int64(item.(object)["id"].(float64)))
			}
			if page["nextCursor"] == nil {
				return fmt.Sprint(ids)
			}
			cursor = "&cursor=" + page["nextCursor"].(string)
		}
	}
	for query, want := range map[string][]int64{
		"": {second, first}, "sort=newest": {second, first}, "state=applied": {first}, "state=confirmed,applied": {second, first}, "state=declined": {},
		"to=2031-03-05T00:00:00Z": {second}, "from=2031-03-05T00:00:00Z": {first}, "updatedSince=2031-03-03T12:00:30%2B09:00": {second},
	} {
		if got := list(model, query); got != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %v", query, got, want)
		}
	}
	if got := list(stylist, "sort=newest&state=applied"); got != fmt.Sprint([]int64{3, first}) {
		t.Errorf("the stylist's: %s", got)
	}
	if got := list(s.Model(), ""); got != "[]" {
		t.Errorf("a stranger's: %s", got)
	}
	model.Get("/v1/me/bookings?from=2031-03-05T00:00:00Z&to=2031-03-05T00:00:00Z&state=gone").Faults("query.state[0]", "query.to")
}

func TestOfManyModelsRacingForTheLastSeatExactlyOneGetsIt(t *testing.T) {
	t.Parallel()
	const racers, rounds = 64, 50
	s := serve(t)
	stylist := s.Stylist()
	var models []apitest.Client
	for range racers {
		models = append(models, s.Model())
	}
	slots := []object{}
	for round := range rounds {
		start := apitest.Start.Add(time.Duration(24+round) * time.Hour)
		slots = append(slots, object{"startsAt": start, "endsAt": start.Add(time.Hour)})
	}
	for round := range rounds {
		// A recruitment a round, since a model has one live booking in each.
		r := open(t, stylist, 1, object{"instantBook": true, "slots": slots[round : round+1]})
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

func TestOfConcurrentAcceptancesOfOneBookingTheOthersAreToldTheState(t *testing.T) {
	t.Parallel()
	s := serve(t)
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

func TestABookingHasTheTermsThatHoldWhenItIsMade(t *testing.T) {
	t.Parallel()
	s := serve(t)
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
	answer := make(chan apitest.Answer)
	go func() { answer <- apply(model, r, 0) }()
	for s.Count("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'") == 0 {
		time.Sleep(time.Millisecond)
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
	s := serve(t)
	model := s.Model()
	r := open(t, s.Stylist(), 1, object{"instantBook": true})
	id(apply(model, r, 0))
	apply(model, r, 0).Problem(409, "already_booked")
}

func TestOfManyAcceptancesOfOverlappingBookingsOneHolds(t *testing.T) {
	t.Parallel()
	s := serve(t)
	model := s.Model()
	const stylists = 12
	bookingsOf := map[int64]apitest.Client{}
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

func TestClosingAndApplyingAtOnceLeavesNothingLive(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist := s.Stylist()
	var models []apitest.Client
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
