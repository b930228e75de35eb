package accounts_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"freety/routes/accounts"
	"freety/routes/routestest"
)

const (
	testEmail    = "haneul@example.com"
	testPassword = routestest.Password
)

// fields are those of a body; with changes what is tested differs from a good one.
type fields map[string]any

func (f fields) with(name string, value any) fields {
	out := fields{}
	for n, v := range f {
		out[n] = v
	}
	out[name] = value
	return out
}

func signUpBody(role, email string) fields {
	return fields{"role": role, "email": email, "password": testPassword, "name": "김하늘", "birthDate": "2000-02-29"}
}

// post sends body as nobody, and fails the test when the log repeats what it
// says of a person, or the answer does: but for a session, which names whose it is.
func post(s *routestest.Server, path string, body fields, headers ...string) routestest.Answer {
	s.T.Helper()
	answer := s.Anyone().Call(http.MethodPost, path, body, headers...)
	log := s.Log()
	for _, name := range []string{"email", "password", "name", "birthDate", "refreshToken"} {
		value, _ := body[name].(string)
		if len(value) <= 3 {
			continue
		}
		if strings.Contains(log, value) {
			s.T.Errorf("the %s that was sent stands in the log", name)
		}
		isShown := answer.Status < http.StatusBadRequest && (name == "email" || name == "name")
		if !isShown && strings.Contains(string(answer.Body), value) {
			s.T.Errorf("the %s that was sent stands in the answer %s", name, answer.Body)
		}
	}
	return answer
}

func postSignUp(s *routestest.Server, body fields) routestest.Answer {
	s.T.Helper()
	return post(s, "/v1/signup/email", body)
}

func postLogIn(s *routestest.Server, email, password string) routestest.Answer {
	s.T.Helper()
	return post(s, "/v1/login/email", fields{"email": email, "password": password})
}

func postRefresh(s *routestest.Server, token string) routestest.Answer {
	s.T.Helper()
	return post(s, "/v1/token/refresh", fields{"refreshToken": token})
}

func session(answer routestest.Answer, status int) accounts.Session {
	return routestest.Into[accounts.Session](answer.Want(status))
}

func signUp(s *routestest.Server, role, email string) accounts.Session {
	s.T.Helper()
	return session(postSignUp(s, signUpBody(role, email)), http.StatusCreated)
}

func logIn(s *routestest.Server, email, password string) accounts.Session {
	s.T.Helper()
	return session(postLogIn(s, email, password), http.StatusOK)
}

func refresh(s *routestest.Server, token string) accounts.Session {
	s.T.Helper()
	return session(postRefresh(s, token), http.StatusOK)
}

// alive fails the test unless the access tokens of the sessions work, or do not.
func alive(s *routestest.Server, want bool, sessions ...accounts.Session) {
	s.T.Helper()
	for _, session := range sessions {
		answer := s.As(session).Get("/v1/me")
		if want {
			answer.Want(http.StatusOK)
		} else {
			answer.Problem(http.StatusUnauthorized, "invalid_token")
		}
		for _, token := range []string{session.AccessToken, session.RefreshToken} {
			if strings.Contains(s.Log(), token) || strings.Contains(string(answer.Body), token) {
				s.T.Error("a token stands in the log or in an answer")
			}
		}
	}
}

// about fails the test unless got is within a minute of want.
func about(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if difference := got.Sub(want).Abs(); difference > time.Minute {
		t.Errorf("%s is %v, off by %v", what, got, difference)
	}
}
