package recruitments_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"sync"
	"testing"

	"freety/routes/routestest"
)

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

func upload(t testing.TB, c routestest.Client, id int64, parts ...string) routestest.Answer {
	t.Helper()
	return c.Upload("POST", path("%d/photos", id), parts)
}

func ids(items any) (ids []int64) {
	for _, item := range items.([]any) {
		ids = append(ids, int64(item.(object)["id"].(float64)))
	}
	return ids
}

func TestPhotosAreAddedOrderedAndDeleted(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	red, blue := "photo: "+string(picture(t, color.RGBA{R: 255, A: 255})), "photo: "+string(picture(t, color.RGBA{B: 255, A: 255}))
	added := upload(t, stylist, open, red, blue).Want(201).JSON()["items"]
	first := added.([]any)[0].(object)
	if first["width"] != 40.0 || first["height"] != 30.0 || first["state"] != "ready" || first["blurhash"] == "" || !strings.HasPrefix(first["url"].(string), "https://freety.example/photos/") {
		t.Errorf("%v", first)
	}
	if n := len(s.Store.Objects()); n != 4 {
		t.Errorf("%d objects in the store, want two photos with thumbnails", n)
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
	s := routestest.New(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	good := "photo: " + string(picture(t, color.White))
	upload(t, stylist, open, good, "photo: this is a text").Problem(415, "unsupported_media_type")
	upload(t, stylist, open, good[:len(good)/2]).Problem(422, "photo_unacceptable")
	upload(t, stylist, open, "picture: "+good).Faults("body")
	upload(t, stylist, open).Faults("body.photo")
	stylist.Post(path("%d/photos", open), object{"photo": "a"}).Problem(415, "unsupported_media_type")
	upload(t, stylist, open, "photo: "+strings.Repeat("x", 21<<20)).Problem(413, "too_large")
	body, contentType := routestest.Form(t, good)
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
	s := routestest.New(t)
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
	s := routestest.New(t)
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
