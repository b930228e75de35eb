package recruitments_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freety/routes/api/apitest"
)

func TestADraftIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	draftID := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	stylist.Get(path("%d", draftID)).Want(200)
	for _, c := range []apitest.Client{s.Anyone(), s.Model(), s.Stylist()} {
		c.Get(path("%d", draftID)).Problem(404, "not_found")
	}
	s.Stylist().Post(path("%d/publish", draftID), nil).Problem(404, "not_found")
	s.Stylist().Call("PATCH", path("%d", draftID), object{"fee": 0}).Problem(404, "not_found")
	s.Model().Call("PUT", path("%d/favorite", draftID), nil).Problem(404, "not_found")
}

func TestOthersSeeTheRoundedPointAndNoDetail(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	for _, c := range []apitest.Client{s.Anyone(), s.Model(), s.Stylist()} {
		answer := c.Get(path("%d", open)).Want(200)
		venue := answer.JSON()["venue"].(object)
		if venue["lat"] != 37.5 || venue["lng"] != 127.036 || strings.Contains(string(answer.Body), "테헤란로") {
			t.Errorf("%s", answer.Body)
		}
		if actions := answer.JSON()["allowedActions"]; len(actions.([]any)) != 0 {
			t.Errorf("allowed to a stranger: %v", actions)
		}
	}
	if venue := stylist.Get(path("%d", open)).JSON()["venue"].(object); venue["lat"] != 37.50063 || venue["detail"] != "테헤란로 123" {
		t.Errorf("the owner sees %v", venue)
	}
}

func TestAMalformedOrUnknownIDIsNotFound(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	for _, bad := range []string{"0", "-1", "abc", "1.5", "99999999999999999999", "404"} {
		s.Anyone().Get(path("%s", bad)).Problem(404, "not_found")
	}
}

func TestPublishOpensADraftOnce(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	created := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	got := stylist.Post(path("%d/publish", created), nil).Want(200).JSON()
	if got["state"] != "open" || fmt.Sprint(got["allowedActions"]) != "[close]" {
		t.Errorf("%v", got)
	}
	if p := stylist.Post(path("%d/publish", created), nil).Problem(409, "wrong_state"); p.State != "open" {
		t.Errorf("state %q", p.State)
	}
	s.Stylist().Post(path("%d/publish", created), nil).Problem(403, "forbidden")
	empty := id(stylist.Post("/v1/recruitments", draft(object{"slots": []object{}})).Want(201))
	stylist.Post(path("%d/publish", empty), nil).Problem(409, "no_slot")
	late := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	s.Clock.Advance(72 * time.Hour)
	stylist.Post(path("%d/publish", late), nil).Problem(409, "no_slot")
}

func TestReopeningKeepsWhenItWasPublished(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	stylist.Post(path("%d/reopen", open), nil).Problem(409, "wrong_state")
	s.Exec("UPDATE recruitments SET state = 'closed' WHERE id = ?", open)
	s.Clock.Advance(time.Hour)
	got := stylist.Post(path("%d/reopen", open), nil).Want(200).JSON()
	if got["state"] != "open" || got["publishedAt"] != "2031-03-03T12:00:00+09:00" {
		t.Errorf("%v", got)
	}
}

func TestUpdateIsAMergePatch(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist, object{"slots": []object{{"startsAt": "2031-03-04T23:00:00+09:00", "endsAt": "2031-03-05T01:00:00+09:00"}}})
	patch := func(body any) apitest.Answer { return stylist.Call("PATCH", path("%d", open), body) }
	got := patch(object{"fee": 0, "services": []string{"color"}, "venue": object{"detail": nil}}).Want(200).JSON()
	venue := got["venue"].(object)
	if got["fee"] != 0.0 || fmt.Sprint(got["services"]) != "[color]" || venue["detail"] != "" || venue["lat"] != 37.50063 || got["title"] != "첫 매직 모델 구해요" {
		t.Errorf("%v", got)
	}
	if n := s.Count("SELECT COUNT(*) FROM recruitment_services WHERE recruitment_id = ? AND service = 'color'", open); n != 1 {
		t.Errorf("%d rows of the service", n)
	}
	if got := patch(object{"venue": object{"lat": nil, "lng": nil}}).Want(200).JSON()["venue"].(object); got["lat"] != nil || got["lng"] != nil {
		t.Errorf("%v", got)
	}
	patch(object{"venue": object{"zone": "America/New_York"}}).Want(200)
	if n := s.Count("SELECT weekday FROM slots WHERE recruitment_id = ?", open); n != 2 {
		t.Errorf("in New York the slot is on weekday %d, want Tuesday", n)
	}
	patch(object{"venue": object{"zone": "Pacific/Auckland"}}).Want(200)
	if n := s.Count("SELECT weekday FROM slots WHERE recruitment_id = ?", open); n != 3 {
		t.Errorf("in Auckland the slot is on weekday %d, want Wednesday", n)
	}
	patch(object{}).Want(200)
	patch(object{"fee": nil, "title": nil, "venue": nil}).Faults("body.fee", "body.title", "body.venue")
	patch(object{"venue": object{"lat": 3}}).Faults("body.venue")
	patch(object{"venue": object{"lat": 91, "lng": 0, "zone": "Mars/Olympus"}}).Faults("body.venue.lat", "body.venue.zone")
	patch(object{"venue": object{"district": "없는구"}}).Faults("body.venue.district")
	patch(object{"state": "open", "slots": []object{}}).Faults("body.slots", "body.state")
	s.Stylist().Call("PATCH", path("%d", open), object{"fee": 1}).Problem(403, "forbidden")
	s.Model().Call("PATCH", path("%d", open), object{"fee": 1}).Problem(403, "forbidden")
	s.Anyone().Call("PATCH", path("%d", open), object{"fee": 1}).Problem(401, "unauthenticated")
}

// picture is a small JPEG of one colour.
func picture(t testing.TB, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		img.Set(i%40, i/40, c)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// form is a multipart body of files, each "part name: content", and its type.
func form(t testing.TB, parts ...string) (body, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, part := range parts {
		name, content, _ := strings.Cut(part, ": ")
		file, err := w.CreateFormFile(name, "a.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), "Content-Type: " + w.FormDataContentType()
}

func upload(t testing.TB, c apitest.Client, id int64, parts ...string) apitest.Answer {
	t.Helper()
	body, contentType := form(t, parts...)
	return c.Call("POST", path("%d/photos", id), body, contentType)
}

func ids(items any) (ids []int64) {
	for _, item := range items.([]any) {
		ids = append(ids, int64(item.(object)["id"].(float64)))
	}
	return ids
}

func TestPhotosAreAddedOrderedAndDeleted(t *testing.T) {
	t.Parallel()
	s, store := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	red, blue := "photo: "+string(picture(t, color.RGBA{R: 255, A: 255})), "photo: "+string(picture(t, color.RGBA{B: 255, A: 255}))
	added := upload(t, stylist, open, red, blue).Want(201).JSON()["items"]
	first := added.([]any)[0].(object)
	if first["width"] != 40.0 || first["height"] != 30.0 || first["state"] != "ready" || first["blurhash"] == "" || !strings.HasPrefix(first["url"].(string), "https://freety.example/photos/") {
		t.Errorf("%v", first)
	}
	if store.count() != 4 {
		t.Errorf("%d objects in the store, want two photos with thumbnails", store.count())
	}
	a, b := ids(added)[0], ids(added)[1]
	c := ids(upload(t, stylist, open, red).Want(201).JSON()["items"])[0]
	gallery := func() string {
		detail := stylist.Get(path("%d", open)).Want(200).JSON()
		return fmt.Sprint(detail["cover"].(object)["id"], ids(detail["photos"]))
	}
	if got, want := gallery(), fmt.Sprint(a, []int64{a, b, c}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	stylist.Call("PUT", path("%d/photos/order", open), object{"photoIds": []int64{c, a, b}}).Want(200)
	if got, want := gallery(), fmt.Sprint(c, []int64{c, a, b}); got != want {
		t.Errorf("ordered: %s, want %s", got, want)
	}
	if got := s.Anyone().Get("/v1/recruitments?hasPhoto=true").JSON()["items"].([]any); len(got) != 1 || got[0].(object)["cover"].(object)["id"] != float64(c) {
		t.Errorf("the card's cover: %v", got)
	}
	for _, bad := range [][]int64{{a, b}, {a, b, 99}, {a, b, c, 99}} {
		stylist.Call("PUT", path("%d/photos/order", open), object{"photoIds": bad}).Faults("body.photoIds")
	}
	stylist.Call("DELETE", path("%d/photos/%d", open, c), nil).Want(204)
	if got, want := gallery(), fmt.Sprint(a, []int64{a, b}); got != want {
		t.Errorf("deleted: %s, want %s", got, want)
	}
	stylist.Call("DELETE", path("%d/photos/%d", open, c), nil).Problem(404, "not_found")
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE kind = 'delete_photo'"); n != 1 {
		t.Errorf("%d photos are to be taken out of the store, want the deleted one", n)
	}
	for _, photo := range []int64{a, b} {
		stylist.Call("DELETE", path("%d/photos/%d", open, photo), nil).Want(204)
	}
	if n := s.Count("SELECT COUNT(*) FROM recruitments WHERE cover_photo_id IS NULL AND photo_count = 0"); n != 1 {
		t.Error("a cover is left")
	}
}

func TestBadUploadsAreRefusedAndKeepNothing(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	good := "photo: " + string(picture(t, color.White))
	upload(t, stylist, open, good, "photo: this is a text").Problem(415, "unsupported_media_type")
	upload(t, stylist, open, good[:len(good)/2]).Problem(422, "photo_unacceptable")
	upload(t, stylist, open, "picture: "+good).Faults("body")
	upload(t, stylist, open).Faults("body.photo")
	stylist.Post(path("%d/photos", open), object{"photo": "a"}).Problem(415, "unsupported_media_type")
	upload(t, stylist, open, "photo: "+strings.Repeat("x", 21<<20)).Problem(413, "too_large")
	body, contentType := form(t, good)
	stylist.Call("POST", path("%d/photos", open), body[:len(body)-40], contentType).Problem(400, "malformed_request")
	eleven := strings.Split(strings.Repeat(good+"\x00,", 11), "\x00,")[:11]
	upload(t, stylist, open, eleven...).Faults("body.photo")
	upload(t, s.Stylist(), open, good).Problem(403, "forbidden")
	upload(t, s.Anyone(), open, good).Problem(401, "unauthenticated")
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 0 {
		t.Errorf("%d photos were kept", n)
	}
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE due_at > NOW() + INTERVAL 1 MINUTE"); n != 0 {
		t.Errorf("%d stored pictures wait for their removal, want it due at once", n)
	}
}

func TestARecruitmentNeverHasMoreThanTenPhotos(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	good := "photo: " + string(picture(t, color.Black))
	upload(t, stylist, open, good, good, good, good, good, good, good, good).Want(201)
	statuses := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			status := upload(t, stylist, open, good).Status
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	wg.Wait()
	if statuses[201] != 2 || statuses[409] != 3 {
		t.Errorf("statuses %v", statuses)
	}
	if n := s.Count("SELECT COUNT(*) FROM recruitment_photos"); n != 10 {
		t.Errorf("%d photos", n)
	}
}

func TestConcurrentUploadsAnswerTheirOwnPhotos(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	var wg sync.WaitGroup
	for width := 20; width < 28; width++ {
		wg.Go(func() {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, image.NewRGBA(image.Rect(0, 0, width, 20)), nil); err != nil {
				t.Error(err)
			}
			items := upload(t, stylist, open, "photo: "+out.String()).Want(201).JSON()["items"].([]any)
			if len(items) != 1 || items[0].(object)["width"] != float64(width) {
				t.Errorf("the upload of width %d was answered %v", width, items)
			}
		})
	}
	wg.Wait()
}

func TestOfConcurrentPublicationsTheOthersAreToldTheState(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	for range 5 {
		created := id(stylist.Post("/v1/recruitments", draft()).Want(201))
		var wg sync.WaitGroup
		var published atomic.Int32
		for range 8 {
			wg.Go(func() {
				answer := stylist.Post(path("%d/publish", created), nil)
				if answer.Status == 200 {
					published.Add(1)
				} else if p := answer.Problem(409, "wrong_state"); p.State != "open" {
					t.Errorf("state %q", p.State)
				}
			})
		}
		wg.Wait()
		if published.Load() != 1 {
			t.Errorf("published %d times", published.Load())
		}
	}
}

func TestAnActionTakesNoBody(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	created := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	stylist.Post(path("%d/publish", created), object{"bogus": 1}).Faults("body.bogus")
	stylist.Call("POST", path("%d/publish", created), "{}", "Idempotency-Key: k").Want(200)
	stylist.Call("POST", path("%d/publish", created), nil, "Idempotency-Key: k").Problem(422, "idempotency_key_reused")
}

func TestFavoritesAreIdempotentAndCounted(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist, model := s.Stylist(), s.Model()
	first, second := publish(t, stylist), publish(t, stylist)
	for _, kept := range []int64{first, second, second} {
		model.Call("PUT", path("%d/favorite", kept), nil).Want(204)
		s.Clock.Advance(time.Second)
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
	s, _ := serve(t)
	open := publish(t, s.Stylist())
	var models []apitest.Client
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

func TestMineListsEveryStateOfTheOwner(t *testing.T) {
	t.Parallel()
	s, _ := serve(t)
	stylist := s.Stylist()
	publish(t, s.Stylist())
	stylist.Post("/v1/recruitments", draft()).Want(201)
	s.Clock.Advance(time.Second)
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
