package recruitments_test

import (
	"fmt"
	"testing"

	"freety/routes/routestest"
)

func TestUpdateIsAMergePatch(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	open := publish(t, stylist, object{"slots": []object{{"startsAt": "2031-03-04T23:00:00+09:00", "endsAt": "2031-03-05T01:00:00+09:00"}}})
	patch := func(body any) routestest.Answer { return stylist.Call("PATCH", path("%d", open), body) }
	got := patch(object{"fee": 0, "services": []string{"color"}, "venue": object{"detail": nil}}).Want(200).JSON()
	venue := got["venue"].(object)
	if got["fee"] != 0.0 || fmt.Sprint(got["services"]) != "[color]" || venue["detail"] != "" || venue["lat"] != 37.50063 || got["title"] != "첫 매직 모델 구해요" {
		t.Errorf("%v", got)
	}
	if n := s.Count("SELECT COUNT(*) FROM recruitment_services WHERE recruitment_id = ? AND service = 'color'", open); n != 1 {
		t.Errorf("%d rows of the service", n)
	}
	if got := patch(object{"venue": object{"lat": nil, "lng": nil}}).Want(200).JSON()["venue"].(object); got["lat"] != nil || got["lng"] != nil {
		t.Errorf("%v", got)
	}
	patch(object{"venue": object{"zone": "America/New_York"}}).Want(200)
	if n := s.Count("SELECT weekday FROM slots WHERE recruitment_id = ?", open); n != 2 {
		t.Errorf("in New York the slot is on weekday %d, want Tuesday", n)
	}
	patch(object{"venue": object{"zone": "Pacific/Auckland"}}).Want(200)
	if n := s.Count("SELECT weekday FROM slots WHERE recruitment_id = ?", open); n != 3 {
		t.Errorf("in Auckland the slot is on weekday %d, want Wednesday", n)
	}
	patch(object{}).Want(200)
	patch(object{"fee": nil, "title": nil, "venue": nil}).Faults("body.fee", "body.title", "body.venue")
	patch(object{"venue": object{"lat": 3}}).Faults("body.venue")
	patch(object{"venue": object{"lat": 91, "lng": 0, "zone": "Mars/Olympus"}}).Faults("body.venue.lat", "body.venue.zone")
	patch(object{"venue": object{"district": "없는구"}}).Faults("body.venue.district")
	patch(object{"venue": object{"province": "없는도"}}).Faults("body.venue.province")
	patch(object{"state": "open", "slots": []object{}}).Faults("body.slots", "body.state")
	s.Stylist().Call("PATCH", path("%d", open), object{"fee": 1}).Problem(403, "forbidden")
	s.Model().Call("PATCH", path("%d", open), object{"fee": 1}).Problem(403, "forbidden")
	s.Anyone().Call("PATCH", path("%d", open), object{"fee": 1}).Problem(401, "unauthenticated")
}

func TestAPatchByFormerNamesIsAnsweredWithTodays(t *testing.T) {
	t.Parallel()
	stylist := routestest.New(t).Stylist()
	id := publish(t, stylist)
	patch := func(venue object) routestest.Answer {
		return stylist.Call("PATCH", path("%d", id), object{"venue": venue})
	}
	region := func(a routestest.Answer) string {
		venue := a.Want(200).JSON()["venue"].(object)
		return fmt.Sprint(venue["province"], " ", venue["district"])
	}
	if got := region(patch(object{"province": "인천광역시", "district": "남구", "neighborhood": "주안동"})); got != "인천광역시 미추홀구" {
		t.Error(got)
	}
	// The province stays, and 주안동 is in no part of 중구.
	patch(object{"district": "중구"}).Faults("body.venue.district")
	patch(object{"district": "중구", "neighborhood": nil}).Faults("body.venue.district")
	if got := region(patch(object{"district": "중구", "neighborhood": "운서동"})); got != "인천광역시 영종구" {
		t.Error(got)
	}
	// The neighborhood stays.
	if got := region(patch(object{"district": "중구"})); got != "인천광역시 영종구" {
		t.Error(got)
	}
	if got := region(patch(object{"district": "제물포구"})); got != "인천광역시 제물포구" {
		t.Error(got)
	}
}
