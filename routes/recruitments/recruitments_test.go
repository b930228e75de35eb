package recruitments_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"freety/routes/routestest"
)

type object = map[string]any

// at is a time of the test's clock, so many hours after it began.
func at(hours float64) string {
	return routestest.Start.Add(time.Duration(hours * float64(time.Hour))).Format(time.RFC3339)
}

func slot(fromHours, toHours float64) object {
	return object{"startsAt": at(fromHours), "endsAt": at(toHours)}
}

// draft is a good recruitment, with some properties changed.
func draft(changes ...object) object {
	d := object{
		"title": "첫 매직 모델 구해요", "body": "연습 모델을 찾습니다", "services": []string{"cut", "perm"}, "fee": 10000,
		"venue": object{"province": "서울특별시", "district": "강남구", "neighborhood": "역삼동", "detail": "테헤란로 123", "lat": 37.50063, "lng": 127.03641},
		"slots": []object{slot(24, 26), slot(48, 50)},
	}
	for _, change := range changes {
		maps.Copy(d, change)
	}
	return d
}

// publish makes an open recruitment and returns its id.
func publish(t testing.TB, c routestest.Client, changes ...object) int64 {
	t.Helper()
	return id(c.Post("/v1/recruitments", draft(append(changes, object{"publish": true})...)).Want(201))
}

func id(a routestest.Answer) int64 { return int64(a.JSON()["id"].(float64)) }

func path(format string, args ...any) string {
	return "/v1/recruitments/" + fmt.Sprintf(format, args...)
}
