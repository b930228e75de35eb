package bookings_test

import (
	"testing"

	"freety/routes/routestest"
)

func TestDeletingNeedsThatNothingIsConfirmed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
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
