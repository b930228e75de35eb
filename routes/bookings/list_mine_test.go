package bookings_test

import (
	"fmt"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestMyBookingsAreListedByStateTimeAndSort(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	late, early := open(t, stylist, 3), open(t, stylist, 1)
	first := id(apply(model, late, 2))
	s.Clock.Move(time.Minute)
	second := id(apply(model, early, 0))
	id(apply(s.Model(), late, 1))
	stylist.Post(booking(second, "/accept"), nil).Want(200)
	list := func(c routestest.Client, query string) string {
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
