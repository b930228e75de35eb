package accounts

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	sq "github.com/Masterminds/squirrel"
)

func TestMeAnswersTheAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("model", testEmail)
	answer := s.me(session.AccessToken)
	var got map[string]any
	if err := json.Unmarshal([]byte(answer.body), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"id": float64(session.Account.ID), "role": "model", "name": "김하늘", "email": testEmail, "emailVerified": false} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if len(got) != 7 {
		t.Errorf("got the properties of %v, want 7", got)
	}
	about(t, "createdAt", session.Account.CreatedAt, time.Now())
	avatar, _ := got["avatar"].(map[string]any)
	if url, _ := avatar["url"].(string); avatar["id"] != nil || !strings.HasPrefix(url, "http://freety.test/photos/default-person") {
		t.Errorf("got the avatar %v, want the default one", avatar)
	}
}

func TestMeShowsTheAvatar(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("stylist", testEmail)
	s.exec(sq.Insert("photos").SetMap(map[string]any{
		"id": 7, "owner_id": session.Account.ID, "name": "abc", "width": 300, "height": 200, "blurhash": "LSP6", "created_at": time.Now(),
	}))
	s.exec(sq.Update("accounts").Set("avatar_photo_id", 7).Where(sq.Eq{"id": session.Account.ID}))
	var got Account
	if err := json.Unmarshal([]byte(s.me(session.AccessToken).body), &got); err != nil {
		t.Fatal(err)
	}
	if a := got.Avatar; a.ID == nil || *a.ID != 7 || a.URL != "http://freety.test/photos/abc.jpg" || a.Width != 300 || a.State != "ready" {
		t.Errorf("got %+v", a)
	}
}

func TestMeOfAnAccountWithoutEmailHasNone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("stylist", testEmail)
	s.exec(sq.Update("accounts").Set("email", nil).Where(sq.Eq{"id": session.Account.ID}))
	if answer := s.me(session.AccessToken); answer.status != http.StatusOK || !strings.Contains(answer.body, `"email":null`) {
		t.Errorf("got %d %s", answer.status, answer.body)
	}
}

func TestMeNeedsASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.me("").is(t, http.StatusUnauthorized, "unauthenticated")
	s.me("nonsense").is(t, http.StatusUnauthorized, "invalid_token")
}
