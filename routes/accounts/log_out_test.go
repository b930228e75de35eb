package accounts

import (
	"net/http"
	"testing"
)

func TestLogOutEndsTheSessionsOfItsScope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body              string
		endsThis, endsOld bool
	}{
		{"", true, false},
		{"{}", true, false},
		{`{"scope": "this"}`, true, false},
		{`{"scope": "others"}`, false, true},
		{`{"scope": "all"}`, true, true},
	} {
		t.Run(test.body, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			stranger := s.signUp("model", "stranger@example.com")
			old := s.signUp("stylist", testEmail)
			this := s.logIn(testEmail, testPassword).session(t)
			answer := s.send(http.MethodPost, "/v1/logout", this.AccessToken, test.body)
			if answer.status != http.StatusNoContent || answer.body != "" {
				t.Fatalf("got %d %s", answer.status, answer.body)
			}
			s.alive(!test.endsThis, this)
			s.alive(!test.endsOld, old)
			s.alive(true, stranger)
			if test.endsThis {
				s.refresh(this.RefreshToken).is(t, http.StatusUnauthorized, "invalid_refresh_token")
			}
			s.logIn(testEmail, testPassword).session(t)
		})
	}
}

func TestLogOutNeedsASessionAndAKnownScope(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.send(http.MethodPost, "/v1/logout", "", "").is(t, http.StatusUnauthorized, "unauthenticated")
	session := s.signUp("stylist", testEmail)
	for _, body := range []string{`{"scope": "everything"}`, `{"scope": ""}`, `{"session": 1}`, `[]`} {
		s.send(http.MethodPost, "/v1/logout", session.AccessToken, body).is(t, http.StatusUnprocessableEntity, "invalid_input")
	}
	s.alive(true, session)
}
