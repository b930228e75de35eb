package bookings_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"freety/db/dbtest"
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

// audit fails when something in the database disagrees.
func audit(t testing.TB, s *apitest.Server) {
	t.Helper()
	dbtest.WantSound(t, s.DB)
}
