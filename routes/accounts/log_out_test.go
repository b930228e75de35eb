package accounts_test

import (
	"net/http"
	"testing"

	"freety/routes/routestest"
)

func TestLogOutEndsTheSessionsOfItsScope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body              any
		endsThis, endsOld bool
	}{
		{nil, true, false},
		{fields{}, true, false},
		{fields{"scope": "this"}, true, false},
		{fields{"scope": "others"}, false, true},
		{fields{"scope": "all"}, true, true},
	} {
		s := routestest.New(t)
		stranger := signUp(s, "model", "stranger@example.com")
		old := signUp(s, "stylist", testEmail)
		this := logIn(s, testEmail, testPassword)
		answer := s.As(this).Post("/v1/logout", test.body).Want(http.StatusNoContent)
		if len(answer.Body) != 0 {
			t.Errorf("%v: got %s", test.body, answer.Body)
		}
		t.Logf("after %v", test.body)
		alive(s, !test.endsThis, this)
		alive(s, !test.endsOld, old)
		alive(s, true, stranger)
		if test.endsThis {
			postRefresh(s, this.RefreshToken).Problem(http.StatusUnauthorized, "invalid_refresh_token")
		}
		logIn(s, testEmail, testPassword)
	}
}

func TestLogOutNeedsASessionAndAKnownScope(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	s.Anyone().Post("/v1/logout", nil).Problem(http.StatusUnauthorized, "unauthenticated")
	session := signUp(s, "stylist", testEmail)
	for _, body := range []string{`{"scope": "everything"}`, `{"scope": ""}`, `{"session": 1}`, `[]`} {
		s.As(session).Post("/v1/logout", body).Problem(http.StatusUnprocessableEntity, "invalid_input")
	}
	alive(s, true, session)
}
