package recruitments_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"sync"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/api/apitest"
	"freety/routes/photos"
	"freety/routes/recruitments"
)

type object = map[string]any

// memory is a photo store for tests that are not about one.
type memory struct{ objects sync.Map }

func (m *memory) Put(_ context.Context, key, _ string, body io.ReadSeeker, _ int64) error {
	picture, err := io.ReadAll(body)
	m.objects.Store(key, picture)
	return err
}

func (m *memory) Get(context.Context, string) (io.ReadCloser, int64, error) {
	return nil, 0, photos.ErrNoObject
}
func (m *memory) Delete(context.Context, string) error { return nil }
func (m *memory) Ready(context.Context) error          { return nil }

func (m *memory) count() (n int) {
	m.objects.Range(func(any, any) bool { n++; return true })
	return n
}

func serve(t testing.TB) (*apitest.Server, *memory) {
	store := &memory{}
	return apitest.New(t, func(a *api.API, s *apitest.Server) {
		r := recruitments.New(s.DB, photos.NewLibrary(s.DB, store, photos.Links{BaseURL: "https://freety.example"}), s.Clock)
		api.Get(a, "/v1/recruitments", api.Anyone, "list", "", r.List)
		api.Post(a, "/v1/recruitments", api.Stylists, "create", "", r.Create, api.Status(201))
		api.Get(a, "/v1/recruitments/{id}", api.Anyone, "get", "", r.Get)
		api.Patch(a, "/v1/recruitments/{id}", api.SignedIn, "update", "", r.Update)
		api.Post(a, "/v1/recruitments/{id}/publish", api.SignedIn, "publish", "", r.Publish)
		api.Post(a, "/v1/recruitments/{id}/reopen", api.SignedIn, "reopen", "", r.Reopen)
		api.Post(a, "/v1/recruitments/{id}/photos", api.SignedIn, "addPhotos", "", r.AddPhotos, api.Status(201), api.Multipart(photos.Form(10)))
		api.Put(a, "/v1/recruitments/{id}/photos/order", api.SignedIn, "orderPhotos", "", r.OrderPhotos)
		api.Delete(a, "/v1/recruitments/{id}/photos/{photoId}", api.SignedIn, "deletePhoto", "", r.DeletePhoto)
		api.Put(a, "/v1/recruitments/{id}/favorite", api.Models, "favorite", "", r.Favorite)
		api.Delete(a, "/v1/recruitments/{id}/favorite", api.Models, "unfavorite", "", r.Unfavorite)
		api.Get(a, "/v1/me/favorites", api.Models, "favorites", "", r.ListFavorites)
		api.Get(a, "/v1/me/recruitments", api.Stylists, "mine", "", r.ListMine)
	}), store
}

// at is a time of the test's clock, so many hours after it began.
func at(hours float64) string {
	return apitest.Start.Add(time.Duration(hours * float64(time.Hour))).Format(time.RFC3339)
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
func publish(t testing.TB, c apitest.Client, changes ...object) int64 {
	t.Helper()
	return id(c.Post("/v1/recruitments", draft(append(changes, object{"publish": true})...)).Want(201))
}

func id(a apitest.Answer) int64 { return int64(a.JSON()["id"].(float64)) }

func path(format string, args ...any) string {
	return "/v1/recruitments/" + fmt.Sprintf(format, args...)
}
