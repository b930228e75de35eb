package bookings_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"freety/db/dbtest"
	"freety/routes/routestest"
)

type object = map[string]any

// recruitment is an open recruitment and its slots.
type recruitment struct {
	id    int64
	slots []int64
}

// open publishes a recruitment with a slot on each of the days after the first,
// noon to two in Seoul.
func open(t testing.TB, stylist routestest.Client, days int, changes ...object) recruitment {
	t.Helper()
	slots := []object{}
	for day := range days {
		slots = append(slots, object{"startsAt": routestest.Start.AddDate(0, 0, day+1), "endsAt": routestest.Start.AddDate(0, 0, day+1).Add(2 * time.Hour)})
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

func apply(c routestest.Client, r recruitment, slot int, more ...object) routestest.Answer {
	body := object{"slotId": r.slots[slot], "message": "안녕하세요"}
	for _, m := range more {
		maps.Copy(body, m)
	}
	return c.Post(r.path("/bookings"), body)
}

func id(a routestest.Answer) int64 { return int64(a.Want(201).JSON()["id"].(float64)) }

func booking(id int64, suffix string) string { return fmt.Sprintf("/v1/bookings/%d%s", id, suffix) }

// audit fails when something in the database disagrees.
func audit(t testing.TB, s *routestest.Server) {
	t.Helper()
	dbtest.WantSound(t, s.DB)
}
