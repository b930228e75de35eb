package bookings_test

import (
	"fmt"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestTheHistoryTellsWhoAndWhen(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	made := id(apply(model, open(t, stylist, 1), 0))
	s.Clock.Move(time.Minute)
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	s.Clock.Move(time.Minute)
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
