package system_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/routestest"
	"freety/routes/system"
)

func TestPing(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	ping := s.Anyone().Get("/ping").Want(http.StatusOK)
	if got := ping.Header.Get("Content-Type"); string(ping.Body) != "pong" || !strings.HasPrefix(got, "text/plain") {
		t.Errorf("%s: %s", got, ping.Body)
	}
	isWell(s, "/healthz")
}

// isWell fails the test unless the server says at path that it is healthy.
func isWell(s *routestest.Server, path string) {
	s.T.Helper()
	if got := routestest.Into[system.Condition](s.Anyone().Get(path).Want(http.StatusOK)); got.Status != "ok" {
		s.T.Errorf("%s: %+v", path, got)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	isWell(s, "/readyz")
	notReady := func(what, names string) {
		t.Helper()
		begin := time.Now()
		answer := s.Anyone().Get("/readyz")
		answer.Problem(http.StatusServiceUnavailable, "unavailable")
		if !strings.Contains(string(answer.Body), "Not ready: "+names+".") {
			t.Errorf("%s: want %q in %s", what, names, answer.Body)
		}
		if answer.Header.Get("Retry-After") == "" || strings.Contains(string(answer.Body), "s3cret") {
			t.Errorf("%s: %v %s", what, answer.Header, answer.Body)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%s: it took %s", what, took)
		}
	}
	s.Store.Fail(errors.New("s3cret"), 0)
	notReady("a failing store", "photos")
	s.Store.Fail(nil, 4*time.Second)
	notReady("a slow store", "photos")
	s.Store.Fail(nil, 0)
	isWell(s, "/readyz")
	for _, broken := range []struct{ what, statement, names, mend string }{
		{"a table that cannot be written", "ALTER TABLE write_checks RENAME TO away", "writing", "ALTER TABLE away RENAME TO write_checks"},
		{"a broken view", "ALTER TABLE sessions RENAME TO away", "reading", "ALTER TABLE away RENAME TO sessions"},
	} {
		for _, statement := range []string{broken.statement, broken.mend} {
			if _, err := s.DB.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			if statement == broken.statement {
				notReady(broken.what, broken.names)
			}
		}
	}
	isWell(s, "/readyz")
	if err := s.DB.Close(); err != nil {
		t.Fatal(err)
	}
	notReady("no database", "reading, writing")
	isWell(s, "/healthz")
}

func TestMails(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	s.Mail("minji+x@example.com", "예약", "하나\n둘\n")
	s.Mail("seojun@example.com", "확정", "셋\n")
	list := func(query string) []system.Mail {
		t.Helper()
		page := routestest.Into[api.Items[system.Mail]](s.Anyone().Get("/demo/mails" + query).Want(http.StatusOK))
		if page.NextCursor != nil {
			t.Errorf("there is a next page: %s", *page.NextCursor)
		}
		return page.Items
	}
	mails := list("?to=MINJI%2Bx@example.com")
	if len(mails) != 1 || mails[0].To != "minji+x@example.com" || mails[0].Subject != "예약" || mails[0].Text != "하나\n둘\n" || time.Since(mails[0].SentAt.Time).Abs() > time.Minute {
		t.Errorf("got %+v", mails)
	}
	if all := list(""); len(all) != 2 || all[0].Subject != "확정" {
		t.Errorf("got %+v", all)
	}
	if none := list("?to=nobody@example.com"); len(none) != 0 {
		t.Errorf("got %+v", none)
	}
	s.Anyone().Get("/demo/mails?from=x").Faults("query.from")
}

func TestAdvanceClock(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	for body, want := range map[string]time.Duration{`{"advance": "PT24H"}`: 24 * time.Hour, `{"advance": "P1DT30M"}`: 24*time.Hour + 30*time.Minute} {
		before := s.Clock.Now()
		got := routestest.Into[system.DemoTime](s.Anyone().Post("/demo/clock", body).Want(http.StatusOK))
		if now := s.Clock.Now(); now.Sub(before) != want || !now.Truncate(time.Second).Equal(got.Now.Time) {
			t.Errorf("%s: it answers %s, and moved from %s to %s", body, got.Now, before, now)
		}
	}
	before := s.Clock.Now()
	if shown := routestest.Into[system.DemoTime](s.Anyone().Get("/demo/clock").Want(http.StatusOK)); !shown.Now.Equal(before.Truncate(time.Second)) {
		t.Errorf("it is %s, and it shows %s", before, shown.Now)
	}
	for body, location := range map[string]string{
		`{"advance": "24h"}`: "body.advance", `{"advance": "-PT24H"}`: "body.advance", `{"advance": 24}`: "body.advance", `{}`: "body.advance", `{"advance": "PT1H", "by": 1}`: "body.by",
	} {
		s.Anyone().Post("/demo/clock", body).Faults(location)
	}
	if now := s.Clock.Now(); !now.Equal(before) {
		t.Errorf("it was moved by %s", now.Sub(before))
	}
}

// failing are mails and a clock that fail with what is put into it.
type failing chan error

func (f failing) Sent(context.Context, string) ([]system.Mail, error) { return nil, <-f }

func (f failing) Clear(context.Context) error { return <-f }

func (f failing) Read(context.Context) error { return <-f }

func (f failing) Advance(context.Context, time.Duration) (time.Time, error) {
	return time.Time{}, <-f
}

// box is a folder of mails.
type box []system.Mail

func (b box) Sent(_ context.Context, to string) (found []system.Mail, err error) {
	for _, m := range b {
		if to == "" || m.To == to {
			found = append(found, m)
		}
	}
	return found, nil
}

func (b box) Clear(context.Context) error { return nil }

// browsers is what Chromium asks for.
const browsers = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

func TestABrowserGetsAnInbox(t *testing.T) {
	t.Parallel()
	s := routestest.New(t, routestest.WithDemo(box{
		{To: "minji@example.com", Subject: "<script>alert(1)</script>", Text: "본문 https://freety.example/b/1?a=1&b=2.", HTML: `<html><head></head><p title="x">"<script>alert(2)</script>'</p></html>`},
		{To: "seojun@example.com", Subject: "확정", Text: "<i>old</i>"},
	}, nil))
	get := func(path string, headers ...string) (string, http.Header) {
		t.Helper()
		answer := s.Anyone().Call("GET", path, nil, headers...).Want(http.StatusOK)
		return string(answer.Body), answer.Header
	}
	page, header := get("/demo/mails", browsers)
	for _, want := range []string{
		`<html lang="en">`, "minji@example.com", "seojun@example.com", `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"`, `srcdoc="&lt;html&gt;&lt;head&gt;&lt;base target`,
		`<a href="https://freety.example/b/1?a=1&amp;b=2"`, "&lt;i&gt;old&lt;/i&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing in %s", want, page)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "<i>") || strings.Count(page, "<iframe") != 1 {
		t.Errorf("a mail is a part of the page: %s", page)
	}
	policy := header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "script-src") || strings.Contains(policy, "http") || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		t.Errorf("%v", header)
	}
	if vary := strings.Join(header.Values("Vary"), ","); !strings.Contains(vary, "Accept,") || !strings.Contains(vary, "Accept-Language") {
		t.Errorf("Vary: %s", vary)
	}
	if page, _ := get("/demo/mails?to=seojun@example.com", browsers, "Accept-Language: ko-KR,ko;q=0.9,en;q=0.8"); strings.Contains(page, "minji") || !strings.Contains(page, `<html lang="ko">`) || !strings.Contains(page, "메일함") {
		t.Errorf("%s", page)
	}
	if page, _ := get("/demo/mails?to=nobody@example.com", browsers); !strings.Contains(page, "There is no mail.") {
		t.Errorf("%s", page)
	}
	for _, accept := range []string{"Accept: */*", "Accept: application/json", "Accept: application/json, text/html;q=0.5", "Accept: text/htmlx", "Accept: "} {
		if body, header := get("/demo/mails", accept); !strings.HasPrefix(body, `{"items":[{"to":`) || header.Get("Content-Type") != "application/json" || strings.Contains(strings.ToLower(body), `"html"`) {
			t.Errorf("%s: %s", accept, body)
		}
	}
	routestest.New(t, routestest.InEarnest).Anyone().Call("GET", "/demo/mails", nil, browsers).Problem(http.StatusNotFound, "not_found")
}

func TestFailuresOfTheDemo(t *testing.T) {
	t.Parallel()
	errs := make(failing, 1)
	s := routestest.New(t, routestest.WithDemo(errs, errs))
	s.MayFail()
	mails := func(err error) routestest.Answer { errs <- err; return s.Anyone().Get("/demo/mails") }
	inbox := func(err error) routestest.Answer {
		errs <- err
		go func() { errs <- err }() // once the page has failed, the list is asked for
		return s.Anyone().Call("GET", "/demo/mails", nil, browsers)
	}
	advance := func(err error) routestest.Answer {
		errs <- err
		return s.Anyone().Post("/demo/clock", `{"advance": "PT24H"}`)
	}
	for _, answer := range []routestest.Answer{mails(errors.New("s3cret")), inbox(errors.New("s3cret")), advance(errors.New("s3cret"))} {
		answer.Problem(http.StatusInternalServerError, "internal_error")
		if strings.Contains(string(answer.Body), "s3cret") {
			t.Errorf("it tells why: %s", answer.Body)
		}
	}
	advance(db.ErrUnavailable).Problem(http.StatusServiceUnavailable, "unavailable")
	advance(system.ErrTooFar).Faults("body.advance")
}

func TestOutsideOfDemoModeThereIsNoDemo(t *testing.T) {
	t.Parallel()
	nobody := routestest.New(t, routestest.InEarnest).Anyone()
	nobody.Get("/demo/mails").Problem(http.StatusNotFound, "not_found")
	nobody.Get("/demo/clock").Problem(http.StatusNotFound, "not_found")
	nobody.Post("/demo/clock", `{"advance": "PT24H"}`).Problem(http.StatusNotFound, "not_found")
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	model := s.Model()
	s.Anyone().Post("/demo/reset", `{"to": "2026-01-01"}`).Faults("body.to")
	s.Mail("minji@example.com", "예약", "하나\n")
	// The people of a test are not the demo's.
	s.Anyone().Post("/demo/reset", nil).Problem(http.StatusConflict, "no_demo")
	// As a browser sends it for a page of somebody else's.
	s.Anyone().Call("POST", "/demo/reset", nil, "Sec-Fetch-Site: cross-site").Problem(http.StatusForbidden, "forbidden")
	model.Get("/v1/me").Want(http.StatusOK)
	if mails := routestest.Into[api.Items[system.Mail]](s.Anyone().Get("/demo/mails").Want(http.StatusOK)); len(mails.Items) != 1 {
		t.Errorf("%d mails are left", len(mails.Items))
	}
}

func TestTheDocsSignInToADemoOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		opts []routestest.Option
		want int
	}{{nil, 2}, {[]routestest.Option{routestest.InEarnest}, 0}} {
		page := string(routestest.New(t, c.opts...).Anyone().Get("/docs").Want(http.StatusOK).Body)
		if strings.Count(page, "<button") != c.want || strings.Count(page, "data-password") != c.want || strings.Count(page, "@freety.example, password: freety-demo") != c.want {
			t.Errorf("want %d sign-ins in %s", c.want, page)
		}
	}
}

var loaded = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

func TestDocsLoadFromThisServerOnly(t *testing.T) {
	t.Parallel()
	nobody := routestest.New(t).Anyone()
	for _, path := range []string{"/docs", "/docs/"} {
		answer := nobody.Get(path).Want(http.StatusOK)
		page, policy := string(answer.Body), answer.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") || strings.Contains(policy, "http") || !strings.Contains(policy, "script-src 'self';") {
			t.Fatalf("%s: %v", path, answer.Header)
		}
		for _, inline := range []string{"<script>", "<style", "onload"} {
			if strings.Contains(page, inline) {
				t.Errorf("something inline: %s", page)
			}
		}
		links := loaded.FindAllStringSubmatch(page, -1)
		if len(links) < 5 {
			t.Errorf("links: %v", links)
		}
		for _, link := range links {
			if !strings.HasPrefix(link[1], "/") || strings.HasPrefix(link[1], "//") {
				t.Errorf("from elsewhere: %s", link[1])
			}
			if file := link[1]; strings.HasPrefix(file, "/docs/") && len(nobody.Get(file).Want(http.StatusOK).Body) < 100 {
				t.Errorf("%s is all but empty", file)
			}
		}
	}
	if got := nobody.Get("/docs/start.js").Want(http.StatusOK).Header.Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") {
		t.Errorf("the script is %s", got)
	}
	for _, path := range []string{"/docs/embed.go", "/docs/page.html", "/docs/swagger-ui.js", "/docs//swagger-ui.css", "/docs/../ping", "/docsize"} {
		nobody.Get(path).Problem(http.StatusNotFound, "not_found")
	}
}
