// Package apitest runs routes on a real database for a test, and calls them as
// a client would.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/db/query"
	"freety/routes/api"
)

// Start is the time that a Clock begins at: a Monday noon in Seoul.
var Start = time.Date(2031, 3, 3, 3, 0, 0, 0, time.UTC)

// Clock is a clock that the test moves.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements api.Clock.
func (c *Clock) Now(context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now, nil
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Server serves routes on a database of its own.
type Server struct {
	T     testing.TB
	DB    *db.DB
	Clock *Clock
	Log   *bytes.Buffer // what the server logged; read it after Close
	HTTP  *httptest.Server
}

// New serves what register registers. The access token of an account is its id.
func New(t testing.TB, register func(a *api.API, s *Server)) *Server {
	t.Helper()
	s := &Server{T: t, DB: dbtest.New(t), Clock: &Clock{now: Start}, Log: &bytes.Buffer{}}
	a := api.New(api.Config{
		Authenticate: s.authenticate,
		Cursors:      query.Signer{Keys: [][]byte{[]byte("a key of the tests")}},
		CORSOrigins:  []string{"https://app.freety.example"},
		Log:          slog.New(slog.NewJSONHandler(s.Log, nil)),
	})
	register(a, s)
	s.HTTP = httptest.NewServer(a.Handler())
	t.Cleanup(func() {
		s.HTTP.Close()
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.Log)
		}
	})
	return s
}

func (s *Server) authenticate(ctx context.Context, token string) (api.Caller, error) {
	id, err := strconv.ParseInt(token, 10, 64)
	if err != nil {
		return api.Caller{}, api.ErrToken
	}
	caller := api.Caller{AccountID: id, SessionID: id}
	if err := s.DB.QueryRowContext(ctx, "SELECT role FROM accounts WHERE id = ?", id).Scan(&caller.Role); err != nil {
		return api.Caller{}, api.ErrToken
	}
	return caller, nil
}

// Client calls a server as one account, or as nobody.
type Client struct {
	ID     int64
	server *Server
}

// Anyone is a client that is not signed in.
func (s *Server) Anyone() Client { return Client{server: s} }

// Stylist makes a stylist and signs her in.
func (s *Server) Stylist() Client { return s.account(api.Stylist) }

// Model makes a model and signs her in.
func (s *Server) Model() Client { return s.account(api.Model) }

func (s *Server) account(role api.Role) Client {
	s.T.Helper()
	result, err := s.DB.ExecContext(s.T.Context(), "INSERT INTO accounts (role, name, birth_date, created_at) VALUES (?, ?, '2000-01-31', ?)", role, "김"+string(role), Start)
	if err != nil {
		s.T.Fatal(err)
	}
	id, err := result.LastInsertId()
	if err != nil {
		s.T.Fatal(err)
	}
	if role == api.Stylist {
		s.Exec("INSERT INTO stylists (account_id) VALUES (?)", id)
	} else {
		s.Exec("INSERT INTO models (account_id, hair_history, districts) VALUES (?, '[]', '[]')", id)
	}
	return Client{ID: id, server: s}
}

// Exec runs a statement on the database.
func (s *Server) Exec(statement string, args ...any) {
	s.T.Helper()
	if _, err := s.DB.ExecContext(s.T.Context(), statement, args...); err != nil {
		s.T.Fatalf("%s: %v", statement, err)
	}
}

// Count is the one number that a query answers.
func (s *Server) Count(statement string, args ...any) int {
	s.T.Helper()
	var n int
	if err := s.DB.QueryRowContext(s.T.Context(), statement, args...).Scan(&n); err != nil {
		s.T.Fatalf("%s: %v", statement, err)
	}
	return n
}

// Answer is what a server answered.
type Answer struct {
	t      testing.TB
	call   string
	Status int
	Header http.Header
	Body   []byte
}

// Get calls with GET.
func (c Client) Get(path string) Answer { c.server.T.Helper(); return c.Call("GET", path, nil) }

// Post calls with POST; nil sends no body.
func (c Client) Post(path string, body any) Answer {
	c.server.T.Helper()
	return c.Call("POST", path, body)
}

// Call sends a request. The body is sent as it is when it is a string or a
// reader, else as JSON. A header is "Name: value".
func (c Client) Call(method, path string, body any, headers ...string) Answer {
	t := c.server.T
	t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case io.Reader:
		reader = body
	case string:
		reader = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, c.server.HTTP.URL+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != 0 {
		request.Header.Set("Authorization", fmt.Sprintf("Bearer %d", c.ID))
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := c.server.HTTP.Client().Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return Answer{t: t, call: method + " " + path, Status: response.StatusCode, Header: response.Header, Body: text}
}

// Want stops the test unless the answer has that status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.call, a.Status, status, a.Body)
	}
	return a
}

// Into decodes the body of a success into v, and fails on a property that v
// does not have.
func (a Answer) Into(v any) Answer {
	a.t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.call, err, a.Body)
	}
	return a
}

// JSON is the body as maps and slices.
func (a Answer) JSON() map[string]any {
	a.t.Helper()
	var v map[string]any
	a.Into(&v)
	return v
}

// Problem stops the test unless the answer is that problem, and returns it.
func (a Answer) Problem(status int, code string) api.Problem {
	a.t.Helper()
	a.Want(status)
	var p api.Problem
	a.Into(&p)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("%s: content type %q", a.call, got)
	}
	if p.Code != code || p.Status != status || p.Title == "" || p.Detail == "" || p.RequestID == "" || p.RequestID != a.Header.Get("X-Request-Id") {
		a.t.Fatalf("%s: want the problem %s, got %s", a.call, code, a.Body)
	}
	return p
}

// Faults stops the test unless the answer is invalid_input with faults at just
// these locations.
func (a Answer) Faults(locations ...string) api.Problem {
	a.t.Helper()
	p := a.Problem(http.StatusUnprocessableEntity, "invalid_input")
	var got []string
	for _, fault := range p.Errors {
		got = append(got, fault.Location)
	}
	if fmt.Sprint(got) != fmt.Sprint(locations) {
		a.t.Fatalf("%s: faults at %v, want %v: %s", a.call, got, locations, a.Body)
	}
	return p
}
