package photos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"
	"freety/routes/routestest"

	sq "github.com/Masterminds/squirrel"
)

// picture is a part with a small photo of that width.
func picture(t testing.TB, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewRGBA(image.Rect(0, 0, width, 20)), nil); err != nil {
		t.Fatal(err)
	}
	return "photo: " + out.String()
}

type takeInput struct {
	api.Form
}

// taken is what a route of the tests answers: the ids and the texts of a form.
type taken struct {
	IDs   []int64
	Texts []api.Text
	Photo photos.Photo
}

// serve has routes, by POST and by PUT, that take up to three photos and two texts.
func serve(t testing.TB, audience photos.Audience) *routestest.Server {
	return routestest.New(t, routestest.With(func(a *api.API, s *routestest.Server) {
		library := photos.NewLibrary(s.DB, s.Store, photos.Links{BaseURL: routestest.PublicURL + "/test", Keys: [][]byte{[]byte("now"), []byte("before")}})
		take := func(ctx context.Context, in *takeInput) (*api.Body[taken], error) {
			out := &api.Body[taken]{}
			ids, err := library.Take(ctx, &in.Form, audience, func(tx *db.Tx, ids []int64) error {
				if len(in.Texts("text")) > 0 && in.Texts("text")[0] == "refuse" {
					return api.Forbidden("Not this one.")
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
			out.Body.IDs, out.Body.Texts = ids, in.Texts("text")
			if len(ids) > 0 {
				row, err := db.Get[struct{ Photo photos.Photo }](ctx, s.DB, sq.Select("CONCAT_WS(' ', id, name, width, height, state, blurhash) AS photo").From("photos").Where(sq.Eq{"id": ids[0]}))
				if err != nil {
					return nil, err
				}
				out.Body.Photo = row.Photo
				library.Fill(&out.Body.Photo, photos.OfPerson)
			}
			return out, nil
		}
		form := api.Multipart(photos.Form(0, 3, api.Field{Name: "text", Most: 2, Length: 10}))
		api.Post(a, "/test/photos", api.SignedIn, "postPhotos", "", take, form, api.Fails(http.StatusForbidden))
		api.Put(a, "/test/put-photos", api.SignedIn, "putPhotos", "", take, form, api.Fails(http.StatusForbidden))
		api.Get(a, "/test/photos/{file}", api.Anyone, "getTestPhoto", "", library.File, api.Answers("image/jpeg"))
	}))
}

var paths = map[string]string{"POST": "/test/photos", "PUT": "/test/put-photos"}

func take(c routestest.Client, method string, parts ...string) routestest.Answer {
	return c.Upload(method, paths[method], parts)
}

func TestAStoredPhotoIsServedToBeKeptForGood(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Public)
	take(s.Stylist(), "POST", picture(t, 30)).Want(200)
	if n := s.Count("SELECT COUNT(*) FROM outbox"); n != 0 {
		t.Errorf("%d outbox rows would take the photo away again", n)
	}
	if len(s.Store.Objects()) != 2 {
		t.Errorf("objects %v", s.Store.Objects())
	}
	for _, object := range s.Store.Objects() {
		answer := s.Anyone().Get("/photos/" + object).Want(200)
		if _, err := jpeg.Decode(bytes.NewReader(answer.Body)); err != nil || answer.Header.Get("Content-Type") != "image/jpeg" || answer.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %v, %v", object, err, answer.Header)
		}
	}
}

func TestAFormIsTakenByPutAsByPost(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Public)
	model := s.Model()
	for _, method := range []string{"POST", "PUT"} {
		got := routestest.Into[taken](take(model, method, "text:  \u110e\u202e\u1165\u11ba\x00 ", picture(t, 30), "text: b", picture(t, 31)).Want(200))
		if len(got.IDs) != 2 || fmt.Sprint(got.Texts) != "[첫 b]" {
			t.Errorf("%s: %+v", method, got)
		}
		if got := routestest.Into[taken](take(model, method, "text: only").Want(200)); len(got.IDs) != 0 || got.Texts[0] != "only" {
			t.Errorf("%s without photos: %+v", method, got)
		}
		take(model, method, "text: a", "text: b", "text: c").Faults("body.text")
		take(model, method, "text: 12345678901").Faults("body.text")
		take(model, method, "text: "+strings.Repeat("a", 50)).Problem(413, "too_large")
		take(model, method, "text: \xff").Faults("body.text")
		take(model, method, "name: a").Faults("body")
		take(model, method, picture(t, 30), picture(t, 31), picture(t, 32), picture(t, 33)).Faults("body.photo")
		model.Call(method, paths[method], object{"text": "a"}).Problem(415, "unsupported_media_type")
		body, contentType := routestest.Form(t, picture(t, 30))
		model.Call(method, paths[method], body[:len(body)-30], contentType).Problem(400, "malformed_request")
	}
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 4 {
		t.Errorf("%d photos, want those of the two forms that were good", n)
	}
}

type object = map[string]any

func TestARepeatedFormAnswersThePhotosOfThen(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Public)
	model := s.Model()
	again := func(parts ...string) routestest.Answer {
		return model.Upload("POST", "/test/photos", parts, "Idempotency-Key: once")
	}
	// Each form has boundaries of its own, as when a phone sends it anew.
	first := routestest.Into[taken](again("text: a", picture(t, 30), picture(t, 31)).Want(200))
	if second := routestest.Into[taken](again("text: a", picture(t, 30), picture(t, 31)).Want(200)); fmt.Sprint(second.IDs) != fmt.Sprint(first.IDs) || len(first.IDs) != 2 {
		t.Errorf("%v, then %v", first.IDs, second.IDs)
	}
	for _, other := range [][]string{{"text: b", picture(t, 30), picture(t, 31)}, {"text: a", picture(t, 31), picture(t, 30)}, {"text: a" + picture(t, 30), picture(t, 31)}} {
		if answer := again(other...); answer.Status < 400 {
			t.Errorf("another form with the same key: %d", answer.Status)
		}
	}
	again("text: a", picture(t, 32)).Problem(422, "idempotency_key_reused")
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 2 {
		t.Errorf("%d photos", n)
	}
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE kind = 'delete_photo' AND due_at > NOW() + INTERVAL 1 MINUTE"); n != 0 {
		t.Errorf("%d pictures of repeats wait for their removal, want it due at once", n)
	}
}

func TestPhotosThatAreNotKeptAreTakenAwayAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Public)
	take(s.Model(), "PUT", "text: refuse", picture(t, 30)).Problem(403, "forbidden")
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 0 {
		t.Errorf("%d photos", n)
	}
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE kind = 'delete_photo' AND due_at <= NOW() + INTERVAL 1 SECOND"); n != 1 {
		t.Errorf("%d photos are taken away at once, want 1", n)
	}
}

func TestAPrivatePhotoIsServedToWhoeverHasAURLThatHolds(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Private)
	photo := routestest.Into[taken](take(s.Model(), "POST", picture(t, 30)).Want(200)).Photo
	for _, address := range []string{photo.URL, photo.ThumbnailURL} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		answer := s.Anyone().Get(u.RequestURI()).Want(200)
		var age int
		if n, err := fmt.Sscanf(answer.Header.Get("Cache-Control"), "private, max-age=%d", &age); n != 1 || age < 1 || age > 3600 {
			t.Errorf("%q: %v", answer.Header.Get("Cache-Control"), err)
		}
		q := u.Query()
		forge := func(changes ...string) string {
			forged := url.Values{"expires": q["expires"], "signature": q["signature"]}
			for i := 0; i < len(changes); i += 2 {
				forged.Set(changes[i], changes[i+1])
			}
			return u.Path + "?" + forged.Encode()
		}
		for _, path := range []string{
			u.Path, u.Path + "?expires=" + q.Get("expires"), u.Path + "?signature=" + q.Get("signature"), forge("expires", "99999999999"), forge("expires", "0"),
			forge("signature", "AAAA"), strings.Replace(forge(), ".jpg", "-thumb.jpg", 1) + "x", strings.Replace(u.RequestURI(), "private-", "", 1),
		} {
			s.Anyone().Get(path).Problem(404, "not_found")
		}
	}
	// The URL of the picture does not open its thumbnail.
	u, _ := url.Parse(photo.URL)
	s.Anyone().Get(strings.Replace(u.RequestURI(), ".jpg", "-thumb.jpg", 1)).Problem(404, "not_found")
}

func TestOnlyPicturesAreServed(t *testing.T) {
	t.Parallel()
	c := routestest.New(t).Anyone()
	for _, file := range []string{"abc.jpg", "abcdefghijklmnopqrstuvwxyz.jpg", "..%2F..%2Fjwt-keys", "a.jpg.eml", ".new-a.jpg", "A.jpg", strings.Repeat("a", 61) + ".jpg", "private-.jpg"} {
		c.Get("/photos/"+file).Problem(404, "not_found")
	}
	for name := range photos.Defaults() {
		c.Get("/photos/" + name).Want(200)
	}
}

func TestAStoreThatFailsIsUnavailableAndKeepsNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Public)
	s.Store.Fail(errors.New("out of reach"), 0)
	take(s.Stylist(), "POST", picture(t, 30)).Problem(503, "unavailable")
	s.Anyone().Get("/photos/abcdefghijklmnopqrstuvwxyz.jpg").Problem(503, "unavailable")
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 0 {
		t.Errorf("%d photos", n)
	}
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE kind = 'delete_photo'"); n != 1 {
		t.Errorf("%d outbox rows, want one for what may have been stored", n)
	}
}

func TestAPhotoThatWasTakenAwayMeanwhileIsNotKept(t *testing.T) {
	t.Parallel()
	s := serve(t, photos.Public)
	// As if the outbox had worked while the form was still coming in.
	s.Exec("CREATE TRIGGER too_late BEFORE INSERT ON outbox FOR EACH ROW SET NEW.kind = 'done'")
	take(s.Stylist(), "POST", picture(t, 30)).Problem(503, "unavailable")
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 0 {
		t.Errorf("%d photos", n)
	}
}

func TestAPhotoColumnThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, column := range []any{nil, 7, []byte("7"), []byte("7 a 1 2 ready"), []byte("x a 1 2 ready hash"), []byte("7 a 1 2 ready hash more")} {
		var p photos.Photo
		if err := p.Scan(column); err == nil {
			t.Errorf("%v: %+v", column, p)
		}
	}
	var p photos.Photo
	if err := p.Scan([]byte("7 name 640 480 ready LEHV6nWB2yk8")); err != nil || *p.ID != 7 || p.Name != "name" || p.Width != 640 || p.Height != 480 || p.State != "ready" || p.Blurhash != "LEHV6nWB2yk8" {
		t.Errorf("%v: %+v", err, p)
	}
	if err := p.Scan([]byte{}); err != nil || p.ID != nil {
		t.Errorf("a missing photo: %v: %+v", err, p)
	}
	if text, err := json.Marshal(photos.Photo{}); err != nil || !strings.Contains(string(text), `"id":null`) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestAPhotoThatCannotBeDeletedIsNotNamed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	err := photos.Delete(s.Store)(t.Context(), api.Task{Subject: "../../etc/passwd"})
	if err == nil || strings.Contains(err.Error(), "passwd") || !strings.Contains(err.Error(), "…") {
		t.Errorf("%v", err)
	}
}
