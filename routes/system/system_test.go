package system_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/system"

	"github.com/google/go-cmp/cmp"
)

type store struct {
	err  error
	wait time.Duration
}

func (s store) Ready(context.Context) error {
	time.Sleep(s.wait)
	return s.err
}

type demo struct {
	mails  []system.Mail
	asked  string
	offset time.Duration
	resets int
	err    error
}

func (d *demo) Sent(_ context.Context, to string) ([]system.Mail, error) {
	d.asked = to
	return d.mails, d.err
}

func (d *demo) Clear(context.Context) error {
	d.mails = nil
	return nil
}

func (d *demo) Reset(context.Context) error {
	d.resets++
	return d.err
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func (d *demo) Advance(_ context.Context, by time.Duration) (time.Time, error) {
	d.offset += by
	return noon.Add(d.offset), d.err
}

func handler(d *db.DB, s system.Store, demo *demo) http.Handler {
	a := api.New(api.Config{Log: slog.New(slog.DiscardHandler)})
	sys := system.New(d, s, &system.Demo{Mails: demo, Clock: demo, Data: demo})
	api.Get(a, "/ping", api.Anyone, "ping", "", sys.Ping, api.Answers("text/plain"))
	api.Get(a, "/healthz", api.Anyone, "health", "", sys.Health)
	api.Get(a, "/readyz", api.Anyone, "ready", "", sys.Ready)
	api.Get(a, "/demo/mails", api.Anyone, "listMails", "", sys.Mails)
	api.Post(a, "/demo/clock", api.Anyone, "advanceClock", "", sys.AdvanceClock)
	api.Post(a, "/demo/reset", api.Anyone, "reset", "", sys.Reset)
	for path, page := range sys.Docs() {
		a.Raw(path, page)
	}
	return a.Handler()
}

func call(t *testing.T, h http.Handler, method, target, body string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	return recorder.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// want checks status, media type and body; an empty body is not looked at.
func want(t *testing.T, r *http.Response, status int, mediaType, body string) {
	t.Helper()
	got := text(t, r)
	if r.StatusCode != status || !strings.HasPrefix(r.Header.Get("Content-Type"), mediaType) || (body != "" && strings.TrimSpace(got) != body) {
		t.Errorf("%d %s %s", r.StatusCode, r.Header.Get("Content-Type"), got)
	}
}

func TestPing(t *testing.T) {
	h := handler(nil, store{}, &demo{})
	want(t, call(t, h, "GET", "/ping", ""), 200, "text/plain", "pong")
	want(t, call(t, h, "GET", "/healthz", ""), 200, "application/json", `{"status":"ok"}`)
}

func TestReady(t *testing.T) {
	d := dbtest.New(t)
	want(t, call(t, handler(d, store{}, &demo{}), "GET", "/readyz", ""), 200, "application/json", `{"status":"ok"}`)

	for name, s := range map[string]store{"failing": {err: errors.New("s3cret")}, "slow": {wait: 4 * time.Second}} {
		begin := time.Now()
		r := call(t, handler(d, s, &demo{}), "GET", "/readyz", "")
		if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || strings.Contains(text(t, r), "s3cret") {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
	}

	closed, err := db.Open(t.Context(), dbtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if r := call(t, handler(closed, store{}, &demo{}), "GET", "/readyz", ""); r.StatusCode != 503 {
		t.Errorf("without a database: %d", r.StatusCode)
	}
}

func TestMails(t *testing.T) {
	d := &demo{mails: []system.Mail{{To: "minji@example.com", Subject: "예약", Text: "하나\n둘\n", SentAt: noon}}}
	h := handler(nil, store{}, d)
	r := call(t, h, "GET", "/demo/mails?to=minji%2Bx@example.com", "")
	var got any
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]any{
		"items":      []any{map[string]any{"to": "minji@example.com", "subject": "예약", "text": "하나\n둘\n", "sentAt": "2026-11-23T12:00:00Z"}},
		"nextCursor": nil,
	}
	if diff := cmp.Diff(wanted, got); diff != "" || r.StatusCode != 200 || d.asked != "minji+x@example.com" {
		t.Errorf("%d, asked for %q: %s", r.StatusCode, d.asked, diff)
	}
	want(t, call(t, h, "GET", "/demo/mails", ""), 200, "application/json", "")
	if d.asked != "" {
		t.Errorf("asked for %q", d.asked)
	}
	want(t, call(t, h, "GET", "/demo/mails?from=x", ""), 422, "application/problem+json", "")
	d.err = errors.New("s3cret")
	want(t, call(t, h, "GET", "/demo/mails", ""), 500, "application/problem+json", "")
}

func TestAdvanceClock(t *testing.T) {
	d := &demo{}
	h := handler(nil, store{}, d)
	want(t, call(t, h, "POST", "/demo/clock", `{"advance": "PT24H"}`), 200, "application/json", `{"now":"2026-11-24T12:00:00Z"}`)
	want(t, call(t, h, "POST", "/demo/clock", `{"advance": "P1DT30M"}`), 200, "application/json", `{"now":"2026-11-25T12:30:00Z"}`)
	for _, body := range []string{`{"advance": "24h"}`, `{"advance": "-PT24H"}`, `{"advance": 24}`, `{}`, `{"advance": "PT1H", "by": 1}`} {
		want(t, call(t, h, "POST", "/demo/clock", body), 422, "application/problem+json", "")
	}
	if d.offset != 48*time.Hour+30*time.Minute {
		t.Errorf("offset %s", d.offset)
	}
	d.err = system.ErrTooFar
	r := call(t, h, "POST", "/demo/clock", `{"advance": "PT24H"}`)
	if body := text(t, r); r.StatusCode != 422 || !strings.Contains(body, "body.advance") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	d.err = db.ErrUnavailable
	want(t, call(t, h, "POST", "/demo/clock", `{"advance": "PT24H"}`), 503, "application/problem+json", "")
}

func TestReset(t *testing.T) {
	d := &demo{mails: []system.Mail{{To: "minji@example.com"}}}
	h := handler(nil, store{}, d)
	if r := call(t, h, "POST", "/demo/reset", ""); r.StatusCode != 204 || text(t, r) != "" || d.resets != 1 || len(d.mails) != 0 {
		t.Errorf("%d, %d resets, %d mails", r.StatusCode, d.resets, len(d.mails))
	}
	want(t, call(t, h, "POST", "/demo/reset", `{"to": "2026-01-01"}`), 422, "application/problem+json", "")
	if d.resets != 1 {
		t.Error("what is not known was ignored")
	}
	d.mails, d.err = []system.Mail{{}}, system.ErrNoDemo
	r := call(t, h, "POST", "/demo/reset", "")
	if body := text(t, r); r.StatusCode != 409 || !strings.Contains(body, `"no_demo"`) || len(d.mails) != 1 {
		t.Errorf("%d %s, %d mails", r.StatusCode, body, len(d.mails))
	}
	d.err = db.ErrUnavailable
	want(t, call(t, h, "POST", "/demo/reset", ""), 503, "application/problem+json", "")
}

var loaded = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

func TestDocsLoadFromThisServerOnly(t *testing.T) {
	h := handler(nil, store{}, &demo{})
	for _, path := range []string{"/docs", "/docs/"} {
		r := call(t, h, "GET", path, "")
		page := text(t, r)
		policy := r.Header.Get("Content-Security-Policy")
		if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") || strings.Contains(policy, "http") || !strings.Contains(policy, "script-src 'self';") {
			t.Fatalf("%s: %d, policy %q", path, r.StatusCode, policy)
		}
		if strings.Contains(page, "<script>") || strings.Contains(page, "<style") || strings.Contains(page, "onload") {
			t.Errorf("something inline: %s", page)
		}
		links := loaded.FindAllStringSubmatch(page, -1)
		if len(links) < 5 {
			t.Errorf("links: %v", links)
		}
		for _, link := range links {
			if !strings.HasPrefix(link[1], "/") || strings.HasPrefix(link[1], "//") {
				t.Errorf("from elsewhere: %s", link[1])
			}
			if strings.HasPrefix(link[1], "/docs/") {
				if r := call(t, h, "GET", link[1], ""); r.StatusCode != 200 || len(text(t, r)) < 100 {
					t.Errorf("%s: %d", link[1], r.StatusCode)
				}
			}
		}
	}
	want(t, call(t, h, "GET", "/docs/start.js", ""), 200, "text/javascript", "")
	for _, path := range []string{"/docs/embed.go", "/docs/page.html", "/docs/swagger-ui.js", "/docs//swagger-ui.css", "/docs/../ping", "/docsize"} {
		want(t, call(t, h, "GET", path, ""), 404, "application/problem+json", "")
	}
}
