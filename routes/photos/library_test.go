package photos_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"strings"
	"sync"
	"testing"

	"freety/db"
	"freety/routes/api"
	"freety/routes/api/apitest"
	"freety/routes/photos"
)

// shelf is a store that can be told to fail.
type shelf struct {
	mu      sync.Mutex
	objects map[string][]byte
	broken  error
}

func (s *shelf) Put(_ context.Context, key, _ string, body io.ReadSeeker, _ int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	picture, err := io.ReadAll(body)
	if s.objects == nil {
		s.objects = map[string][]byte{}
	}
	s.objects[key] = picture
	return errors.Join(err, s.broken)
}

func (s *shelf) Get(_ context.Context, key string) (io.ReadCloser, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	picture, ok := s.objects[key]
	if s.broken != nil {
		return nil, 0, s.broken
	}
	if !ok {
		return nil, 0, photos.ErrNoObject
	}
	return io.NopCloser(bytes.NewReader(picture)), int64(len(picture)), nil
}

func (s *shelf) Delete(context.Context, string) error { return nil }
func (s *shelf) Ready(context.Context) error          { return nil }

type uploadInput struct{ api.RequestTaker }

func serve(t testing.TB, store *shelf) *apitest.Server {
	return apitest.New(t, func(a *api.API, s *apitest.Server) {
		library := photos.NewLibrary(s.DB, store, photos.Links{BaseURL: "https://freety.example"})
		api.Get(a, "/photos/{file}", api.Anyone, "file", "", library.File, api.Answers("image/jpeg"))
		api.Post(a, "/photos", api.SignedIn, "upload", "", func(ctx context.Context, in *uploadInput) (*api.None, error) {
			stored, err := library.Receive(ctx, in.RequestTaker, 3)
			if err != nil {
				return nil, err
			}
			return nil, s.DB.InTx(ctx, func(tx *db.Tx) error {
				_, err := library.Keep(ctx, tx, api.CallerOf(ctx).AccountID, stored)
				return err
			})
		}, api.Multipart(photos.Form(3)))
	})
}

func upload(t testing.TB, c apitest.Client) apitest.Answer {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("photo", "me.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(jpeg.Encode(part, image.NewRGBA(image.Rect(0, 0, 30, 20)), nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	return c.Call("POST", "/photos", &form, "Content-Type: "+w.FormDataContentType())
}

func TestAStoredPhotoIsServedToBeKeptForGood(t *testing.T) {
	t.Parallel()
	store := &shelf{}
	s := serve(t, store)
	upload(t, s.Stylist()).Want(204)
	if n := s.Count("SELECT COUNT(*) FROM outbox"); n != 0 {
		t.Errorf("%d outbox rows would take the photo away again", n)
	}
	if len(store.objects) != 2 {
		t.Errorf("%d objects", len(store.objects))
	}
	for key, picture := range store.objects {
		answer := s.Anyone().Get("/photos/" + key).Want(200)
		if !bytes.Equal(answer.Body, picture) || answer.Header.Get("Content-Type") != "image/jpeg" || answer.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d bytes, %v", key, len(answer.Body), answer.Header)
		}
	}
}

func TestOnlyPicturesAreServed(t *testing.T) {
	t.Parallel()
	store := &shelf{}
	c := serve(t, store).Anyone()
	for _, file := range []string{"abc.jpg", "abcdefghijklmnopqrstuvwxyz.jpg", "..%2F..%2Fjwt-keys", "a.jpg.eml", ".new-a.jpg", "A.jpg", strings.Repeat("a", 61) + ".jpg"} {
		c.Get("/photos/"+file).Problem(404, "not_found")
	}
	for name := range photos.Defaults() {
		c.Get("/photos/" + name).Want(200)
	}
}

func TestAStoreThatFailsIsUnavailableAndKeepsNothing(t *testing.T) {
	t.Parallel()
	store := &shelf{broken: errors.New("out of reach")}
	s := serve(t, store)
	upload(t, s.Stylist()).Problem(503, "unavailable")
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
	s := serve(t, &shelf{})
	// As if the outbox had worked while the form was still coming in.
	s.Exec("CREATE TRIGGER too_late BEFORE INSERT ON outbox FOR EACH ROW SET NEW.kind = 'done'")
	upload(t, s.Stylist()).Problem(503, "unavailable")
	if n := s.Count("SELECT COUNT(*) FROM photos"); n != 0 {
		t.Errorf("%d photos", n)
	}
}
