package recruitments_test

import (
	"fmt"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestMineListsEveryStateOfTheOwner(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	publish(t, s.Stylist())
	stylist.Post("/v1/recruitments", draft()).Want(201)
	s.Clock.Move(time.Second)
	full := publish(t, stylist)
	s.Exec("UPDATE slots SET taken = capacity WHERE recruitment_id = ?", full)
	var states []any
	for _, item := range stylist.Get("/v1/me/recruitments").Want(200).JSON()["items"].([]any) {
		states = append(states, item.(object)["state"], item.(object)["allowedActions"])
	}
	if fmt.Sprint(states) != "[full [close] draft [publish]]" {
		t.Errorf("%v", states)
	}
	s.Model().Get("/v1/me/recruitments").Problem(403, "forbidden")
}
