package routes_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/photos"
	"freety/routes/routestest"
)

type object = map[string]any

// world is a recruitment in a state, with a photo, and a booking of it.
type world struct {
	*routestest.Server
	callers map[string]routestest.Client
	ids     map[string]int64 // by what stands in a path before them
	slot    int64
}

// The callers of the matrix, in the order of its columns.
var callers = []string{"nobody", "owner", "other stylist", "other model", "other party", "deleted account"}

func newWorld(t *testing.T, s *routestest.Server, recruitment, booking string) *world {
	t.Helper()
	w := &world{Server: s, ids: map[string]int64{}, callers: map[string]routestest.Client{
		"nobody": s.Anyone(), "owner": s.Stylist(), "other stylist": s.Stylist(), "other model": s.Model(), "other party": s.Model(), "deleted account": s.Model(),
	}}
	gone := w.callers["deleted account"].ID
	for _, statement := range []string{"DELETE FROM sessions WHERE account_id = ?", "DELETE FROM models WHERE account_id = ?", "DELETE FROM accounts WHERE id = ?"} {
		s.Exec(statement, gone)
	}
	owner, party := w.callers["owner"], w.callers["other party"]
	made := owner.Post("/v1/recruitments", object{
		"title": "컷 모델", "body": "", "services": []string{"cut"}, "fee": 0, "publish": true, "venue": object{"province": "서울특별시", "district": "강남구"},
		"slots": []object{{"startsAt": s.Clock.Now().AddDate(0, 0, 1), "endsAt": s.Clock.Now().AddDate(0, 0, 1).Add(time.Hour), "capacity": 3}},
	}).Want(201).JSON()
	w.ids["recruitments"], w.ids["stylists"] = int64(made["id"].(float64)), owner.ID
	w.slot = int64(made["slots"].([]any)[0].(object)["id"].(float64))
	w.ids["photos"] = w.addPhoto()
	if booking != "" {
		applied := party.Post(w.fill("/v1/recruitments/{id}/bookings"), object{"slotId": w.slot}).Want(201).JSON()
		w.ids["bookings"] = int64(applied["id"].(float64))
	}
	if booking == "confirmed" || booking == "over" {
		owner.Post(w.fill("/v1/bookings/{id}/accept"), nil).Want(200)
	}
	if booking == "over" {
		s.Clock.Move(26 * time.Hour)
	}
	if recruitment == "closed" {
		owner.Post(w.fill("/v1/recruitments/{id}/close"), nil).Want(200)
	}
	if recruitment == "draft" {
		s.Exec("UPDATE recruitments SET state = 'draft', published_at = NULL WHERE id = ?", w.ids["recruitments"])
	}
	return w
}

// picture is a file that can be uploaded.
func picture(t testing.TB) string {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func (w *world) addPhoto() int64 {
	w.T.Helper()
	added := w.callers["owner"].Upload("POST", w.fill("/v1/recruitments/{id}/photos"), []string{"photo: " + picture(w.T)}).Want(201).JSON()["items"].([]any)
	return int64(added[0].(object)["id"].(float64))
}

// fill puts ids in the place of a path's parameters.
func (w *world) fill(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		switch {
		case part == "{file}":
			parts[i] = photos.DefaultPerson
		case strings.HasPrefix(part, "{"):
			parts[i] = fmt.Sprint(w.ids[parts[i-1]])
		}
	}
	return strings.Join(parts, "/")
}

// checksums tell whether anything in the database has changed.
func (w *world) checksums(t *testing.T) string {
	t.Helper()
	rows, err := w.DB.QueryContext(t.Context(), "SELECT GROUP_CONCAT(table_name) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var tables string
	if !rows.Next() || rows.Scan(&tables) != nil || rows.Close() != nil {
		t.Fatal(rows.Err())
	}
	sums, err := w.DB.QueryContext(t.Context(), "CHECKSUM TABLE "+tables)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sums.Close() }()
	var all strings.Builder
	for sums.Next() {
		var table string
		var sum int64
		if err := sums.Scan(&table, &sum); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&all, table, sum)
	}
	if err := sums.Err(); err != nil || strings.Count(all.String(), "\n") < 20 {
		t.Fatalf("%v: %s", err, all.String())
	}
	return all.String()
}

// matrix has a row for every route with an id: the state of the recruitment and
// of the booking, a body, and what each of the callers is answered.
var matrix = map[string]struct {
	recruitment, booking string
	body                 func(*world) any
	statuses             [6]int
}{
	"GET /photos/{file}":                            {"open", "", nil, [6]int{200, 200, 200, 200, 200, 200}},
	"GET /v1/stylists/{id}":                         {"open", "", nil, [6]int{200, 200, 200, 200, 200, 401}},
	"GET /v1/recruitments/{id}":                     {"draft", "", nil, [6]int{404, 200, 404, 404, 404, 401}},
	"PATCH /v1/recruitments/{id}":                   {"open", "", set(object{"fee": 7}), [6]int{401, 200, 403, 403, 403, 401}},
	"DELETE /v1/recruitments/{id}":                  {"open", "applied", nil, [6]int{401, 204, 403, 403, 403, 401}},
	"POST /v1/recruitments/{id}/publish":            {"draft", "", nil, [6]int{401, 200, 404, 404, 404, 401}},
	"POST /v1/recruitments/{id}/close":              {"open", "applied", nil, [6]int{401, 200, 403, 403, 403, 401}},
	"POST /v1/recruitments/{id}/reopen":             {"closed", "", nil, [6]int{401, 200, 403, 403, 403, 401}},
	"POST /v1/recruitments/{id}/photos":             {"open", "", nil, [6]int{401, 201, 403, 403, 403, 401}},
	"PUT /v1/recruitments/{id}/photos/order":        {"open", "", func(w *world) any { return object{"photoIds": []int64{w.ids["photos"]}} }, [6]int{401, 200, 403, 403, 403, 401}},
	"DELETE /v1/recruitments/{id}/photos/{photoId}": {"open", "", nil, [6]int{401, 204, 403, 403, 403, 401}},
	"PUT /v1/recruitments/{id}/favorite":            {"open", "", nil, [6]int{401, 403, 403, 204, 204, 401}},
	"DELETE /v1/recruitments/{id}/favorite":         {"open", "", nil, [6]int{401, 403, 403, 204, 204, 401}},
	"POST /v1/recruitments/{id}/bookings":           {"open", "applied", func(w *world) any { return object{"slotId": w.slot} }, [6]int{401, 403, 403, 201, 409, 401}},
	"GET /v1/bookings/{id}":                         {"open", "applied", nil, [6]int{401, 200, 404, 404, 200, 401}},
	"GET /v1/bookings/{id}/events":                  {"open", "applied", nil, [6]int{401, 200, 404, 404, 200, 401}},
	"POST /v1/bookings/{id}/accept":                 {"open", "applied", nil, [6]int{401, 200, 404, 404, 403, 401}},
	"POST /v1/bookings/{id}/decline":                {"open", "applied", nil, [6]int{401, 200, 404, 404, 403, 401}},
	"POST /v1/bookings/{id}/withdraw":               {"open", "applied", nil, [6]int{401, 403, 404, 404, 200, 401}},
	"POST /v1/bookings/{id}/cancel":                 {"open", "confirmed", nil, [6]int{401, 200, 404, 404, 409, 401}},
	"POST /v1/bookings/{id}/complete":               {"open", "over", nil, [6]int{401, 200, 404, 404, 403, 401}},
}

func set(body any) func(*world) any { return func(*world) any { return body } }

func TestEveryRouteWithAnIDAnswersEachCallerAsItShould(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	named := map[string]bool{}
	for path, item := range s.API.OpenAPI().Paths {
		for method := range api.Operations(item) {
			route := method + " " + path
			named[route] = true
			if _, known := matrix[route]; !known && strings.Contains(path, "{") {
				t.Errorf("%s has no row in the matrix", route)
			}
		}
	}
	for route, row := range matrix {
		if !named[route] {
			t.Errorf("%s is no route", route)
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		w := newWorld(t, s, row.recruitment, row.booking)
		order := []int{0, 1, 2, 3, 4, 5}
		// Whoever is refused first, since the others change what they may see.
		slices.SortStableFunc(order, func(a, b int) int { return refused(row.statuses[b]) - refused(row.statuses[a]) })
		for _, i := range order {
			before := w.checksums(t)
			c := w.callers[callers[i]]
			var answer routestest.Answer
			switch {
			case route == "POST /v1/recruitments/{id}/photos":
				answer = c.Upload(method, w.fill(path), []string{"photo: " + picture(t)})
			case row.body != nil:
				answer = c.Call(method, w.fill(path), row.body(w))
			default:
				answer = c.Call(method, w.fill(path), nil)
			}
			if answer.Status != row.statuses[i] {
				t.Errorf("%s by %s: %d, want %d: %s", route, callers[i], answer.Status, row.statuses[i], answer.Body)
			}
			if answer.Status >= http.StatusBadRequest && w.checksums(t) != before {
				t.Errorf("%s by %s is refused and has written something", route, callers[i])
			}
		}
	}
}

// refused says with 1 who may not call at all; a conflict comes after that.
func refused(status int) int {
	if status >= http.StatusBadRequest && status != http.StatusConflict {
		return 1
	}
	return 0
}
