package accounts_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"freety/routes/accounts"
	"freety/routes/routestest"
)

func TestMeAnswersTheAccount(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	session := signUp(s, "model", testEmail)
	got := s.As(session).Get("/v1/me").Want(http.StatusOK).JSON()
	for name, want := range map[string]any{"id": float64(session.Account.ID), "role": "model", "name": "김하늘", "email": testEmail, "emailVerified": false} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if len(got) != 7 {
		t.Errorf("got the properties of %v, want 7", got)
	}
	about(t, "createdAt", session.Account.CreatedAt.Time, time.Now())
	avatar, _ := got["avatar"].(map[string]any)
	if url, _ := avatar["url"].(string); avatar["id"] != nil || !strings.HasPrefix(url, routestest.PublicURL+"/photos/default-person") {
		t.Errorf("got the avatar %v, want the default one", avatar)
	}
}

func TestMeShowsTheAvatar(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	s.Exec("INSERT INTO photos (id, owner_id, name, width, height, blurhash, created_at) VALUES (7, ?, 'abc', 300, 200, 'LSP6', ?)", stylist.ID, time.Now().UTC())
	s.Exec("UPDATE accounts SET avatar_photo_id = 7 WHERE id = ?", stylist.ID)
	got := routestest.Into[accounts.Account](stylist.Get("/v1/me").Want(http.StatusOK))
	if a := got.Avatar; a.ID == nil || *a.ID != 7 || a.URL != routestest.PublicURL+"/photos/abc.jpg" || a.Width != 300 || a.State != "ready" {
		t.Errorf("got %+v", a)
	}
}

func TestMeOfAnAccountWithoutEmailHasNone(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	s.Exec("UPDATE accounts SET email = NULL WHERE id = ?", stylist.ID)
	got := stylist.Get("/v1/me").Want(http.StatusOK).JSON()
	if email, isThere := got["email"]; email != nil || !isThere {
		t.Errorf("got %v", got)
	}
}

func TestMeNeedsASession(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	nobody := s.Anyone()
	nobody.Get("/v1/me").Problem(http.StatusUnauthorized, "unauthenticated")
	nobody.Token = "nonsense"
	nobody.Get("/v1/me").Problem(http.StatusUnauthorized, "invalid_token")
}
