package accounts

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/config"
	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
)

const (
	testEmail    = "haneul@example.com"
	testPassword = "correct horse battery"
)

var testKeys = []config.JWTKey{
	{ID: "new", Secret: bytes.Repeat([]byte("n"), 32)},
	{ID: "old", Secret: bytes.Repeat([]byte("o"), 32)},
}

// site is a server of the routes of this package on a database of its own.
type site struct {
	*Accounts
	t   *testing.T
	url string
	log *buffer
}

// buffer can be written to by many requests at once.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newSite(t *testing.T) *site {
	t.Helper()
	log := &buffer{}
	acc := New(dbtest.New(t), photos.Links{BaseURL: "http://freety.test"}, testKeys, HashCost(bcrypt.MinCost))
	a := api.New(api.Config{Authenticate: acc.Authenticate, Log: slog.New(slog.NewTextHandler(log, nil))})
	api.Post(a, "/v1/signup/email", api.Anyone, "signUpByEmail", "Sign up by email.", acc.SignUpByEmail, api.Status(http.StatusCreated), api.Conflicts("email_taken"), api.NotIdempotent())
	api.Post(a, "/v1/login/email", api.Anyone, "logInByEmail", "Log in by email.", acc.LogInByEmail, api.NotIdempotent())
	api.Post(a, "/v1/token/refresh", api.Anyone, "refreshToken", "Refresh a session.", acc.Refresh, api.NotIdempotent())
	api.Post(a, "/v1/logout", api.SignedIn, "logOut", "Log out.", acc.LogOut, api.NotIdempotent())
	api.Get(a, "/v1/me", api.SignedIn, "getMe", "The caller's account.", acc.Me)
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	return &site{Accounts: acc, t: t, url: server.URL, log: log}
}

// answer is what came back, whatever it is.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) session(t *testing.T) Session {
	t.Helper()
	if a.status >= http.StatusMultipleChoices {
		t.Fatalf("got %d %s, want a session", a.status, a.body)
	}
	var s Session
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// is fails the test unless the answer is a problem with that status and code.
func (a answer) is(t *testing.T, status int, code string) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("got %d %q: %v", a.status, a.body, err)
	}
	if a.status != status || p.Code != code {
		t.Fatalf("got %d %s, want %d %s", a.status, a.body, status, code)
	}
	return p
}

func (s *site) send(method, path, token, body string, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Error(err)
		return answer{}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Error(err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		s.holdsNoSecret(body, string(text))
	}
	s.holdsNoSecret(body, s.log.String())
	return answer{response.StatusCode, response.Header, string(text)}
}

// holdsNoSecret fails the test when text repeats what a request says of a person.
func (s *site) holdsNoSecret(request, text string) {
	s.t.Helper()
	var sent map[string]any
	if json.Unmarshal([]byte(request), &sent) != nil {
		return
	}
	for _, name := range []string{"email", "password", "name", "birthDate", "refreshToken"} {
		if value, _ := sent[name].(string); len(value) > 3 && strings.Contains(text, value) {
			s.t.Errorf("the %s that was sent stands in %s", name, text)
		}
	}
}

func (s *site) post(path, body string) answer {
	s.t.Helper()
	return s.send(http.MethodPost, path, "", body)
}

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

func (f fields) String() string {
	text, err := json.Marshal(map[string]any(f))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func signUpBody(role, email string) fields {
	return fields{"role": role, "email": email, "password": testPassword, "name": "김하늘", "birthDate": "2000-02-29"}
}

func (s *site) signUp(role, email string) Session {
	s.t.Helper()
	return s.post("/v1/signup/email", signUpBody(role, email).String()).session(s.t)
}

func (s *site) logIn(email, password string) answer {
	s.t.Helper()
	return s.post("/v1/login/email", fields{"email": email, "password": password}.String())
}

func (s *site) refresh(token string) answer {
	s.t.Helper()
	return s.post("/v1/token/refresh", fields{"refreshToken": token}.String())
}

func (s *site) me(token string) answer {
	s.t.Helper()
	return s.send(http.MethodGet, "/v1/me", token, "")
}

// alive fails the test unless the session's access token works, or does not.
func (s *site) alive(want bool, sessions ...Session) {
	s.t.Helper()
	for i, session := range sessions {
		answer := s.me(session.AccessToken)
		if want && answer.status != http.StatusOK {
			s.t.Errorf("session %d got %d %s, want it alive", i, answer.status, answer.body)
		}
		if !want {
			answer.is(s.t, http.StatusUnauthorized, "invalid_token")
		}
	}
}

func (s *site) count(table string, where any) int {
	s.t.Helper()
	row, err := db.Get[struct{ N int }](s.t.Context(), s.db, sq.Select("COUNT(*) AS n").From(table).Where(where))
	if err != nil {
		s.t.Fatal(err)
	}
	return row.N
}

func (s *site) exec(q sq.Sqlizer) {
	s.t.Helper()
	if _, err := db.Exec(s.t.Context(), s.db, q); err != nil {
		s.t.Fatal(err)
	}
}

func TestNewWithoutAKeyPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("it did not panic")
		}
	}()
	New(nil, photos.Links{}, nil)
}

// about fails the test unless got is within a minute of want.
func about(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if difference := got.Sub(want).Abs(); difference > time.Minute {
		t.Errorf("%s is %v, off by %v", what, got, difference)
	}
}
