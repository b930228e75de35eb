package routestest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"freety/routes/accounts"
	"freety/routes/api"
)

// Password is that of everybody whom a test signs up.
const Password = "correct horse battery"

// Client calls a server as one account, or as nobody.
type Client struct {
	ID    int64
	Email string
	Token string

	server *Server
}

// Anyone is a client that is not signed in.
func (s *Server) Anyone() Client { return Client{server: s} }

// Stylist signs up a stylist.
func (s *Server) Stylist() Client { s.T.Helper(); return s.SignUp(api.Stylist) }

// Model signs up a model.
func (s *Server) Model() Client { s.T.Helper(); return s.SignUp(api.Model) }

// SignUp signs up somebody with an address of their own.
func (s *Server) SignUp(role api.Role) Client {
	s.T.Helper()
	session := Into[accounts.Session](s.Anyone().Post("/v1/signup/email", map[string]any{
		"role": role, "email": address(role), "password": Password, "name": "김" + string(role), "birthDate": "2000-01-31",
	}).Want(http.StatusCreated))
	return s.As(session)
}

// As is a client with the access token of a session.
func (s *Server) As(session accounts.Session) Client {
	return Client{ID: session.Account.ID, Email: *session.Account.Email, Token: session.AccessToken, server: s}
}

// On is the same person on another server of the same database.
func (c Client) On(s *Server) Client {
	c.server = s
	return c
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
// reader, else as JSON. A header is "Name: value". The test stops when the
// answer is one that the document does not have.
func (c Client) Call(method, path string, body any, headers ...string) Answer {
	c.server.T.Helper()
	return c.send(c.server.HTTP.Client(), method, path, body, headers)
}

// CallOnce is Call that follows no redirect.
func (c Client) CallOnce(method, path string, body any, headers ...string) Answer {
	c.server.T.Helper()
	once := *c.server.HTTP.Client()
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c.send(&once, method, path, body, headers)
}

func (c Client) send(through *http.Client, method, path string, body any, headers []string) Answer {
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
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := through.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	answer := Answer{t: t, call: method + " " + path, Status: response.StatusCode, Header: response.Header, Body: text}
	c.server.calls.note(method, request.URL.Path, answer)
	return answer
}

// Upload sends a multipart form of parts as Form takes them.
func (c Client) Upload(method, path string, parts []string, headers ...string) Answer {
	c.server.T.Helper()
	body, contentType := Form(c.server.T, parts...)
	return c.Call(method, path, body, append([]string{contentType}, headers...)...)
}

// Form is a multipart body of parts like "name: content", and its header. One
// named photo is a file, the others are fields.
func Form(t testing.TB, parts ...string) (body, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, part := range parts {
		name, content, _ := strings.Cut(part, ": ")
		create := w.CreateFormField
		if name == "photo" {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, "a.jpg") }
		}
		field, err := create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(field, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), "Content-Type: " + w.FormDataContentType()
}

// Want stops the test unless the answer has that status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.call, a.Status, status, a.Body)
	}
	return a
}

// Into decodes the body of an answer, and fails on a property that T does not have.
func Into[T any](a Answer) (v T) {
	a.t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(a.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.call, err, a.Body)
	}
	return v
}

// JSON is the body as maps and slices.
func (a Answer) JSON() map[string]any {
	a.t.Helper()
	return Into[map[string]any](a)
}

// Problem stops the test unless the answer is that problem, and returns it.
func (a Answer) Problem(status int, code string) api.Problem {
	a.t.Helper()
	p := Into[api.Problem](a.Want(status))
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
