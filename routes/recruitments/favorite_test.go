package recruitments_test

import (
	"sync"
	"testing"
	"time"

	"freety/routes/routestest"
)

func TestFavoritesAreIdempotentAndCounted(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	first, second := publish(t, stylist), publish(t, stylist)
	for _, kept := range []int64{first, second, second} {
		model.Call("PUT", path("%d/favorite", kept), nil).Want(204)
		s.Clock.Move(time.Second)
	}
	s.Model().Call("PUT", path("%d/favorite", first), nil).Want(204)
	detail := model.Get(path("%d", first)).JSON()
	if detail["favorited"] != true || detail["favoriteCount"] != 2.0 {
		t.Errorf("%v", detail)
	}
	s.Exec("UPDATE recruitments SET state = 'closed' WHERE id = ?", first)
	page := model.Get("/v1/me/favorites?limit=1").Want(200).JSON()
	if card := page["items"].([]any)[0].(object); card["id"] != float64(second) || card["state"] != "open" || card["favorited"] != true {
		t.Errorf("%v", card)
	}
	rest := model.Get("/v1/me/favorites?limit=1&cursor=" + page["nextCursor"].(string)).Want(200).JSON()
	if card := rest["items"].([]any)[0].(object); card["id"] != float64(first) || card["state"] != "closed" || rest["nextCursor"] != nil {
		t.Errorf("%v", rest)
	}
	for range 2 {
		model.Call("DELETE", path("%d/favorite", first), nil).Want(204)
	}
	if n := s.Count("SELECT favorite_count FROM recruitments WHERE id = ?", first); n != 1 {
		t.Errorf("favorite_count %d", n)
	}
	stylist.Call("PUT", path("%d/favorite", first), nil).Problem(403, "forbidden")
	s.Anyone().Get("/v1/me/favorites").Problem(401, "unauthenticated")
}

func TestConcurrentFavoritesAreCountedRight(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	open := publish(t, s.Stylist())
	var models []routestest.Client
	for range 12 {
		models = append(models, s.Model())
	}
	var wg sync.WaitGroup
	for i, model := range models {
		wg.Go(func() {
			for range 3 {
				model.Call("PUT", path("%d/favorite", open), nil).Want(204)
			}
			if i%3 == 0 {
				model.Call("DELETE", path("%d/favorite", open), nil).Want(204)
			}
		})
	}
	wg.Wait()
	if n := s.Count("SELECT favorite_count FROM recruitments"); n != 8 {
		t.Errorf("favorite_count %d, want 8", n)
	}
}
