// Package pages plays what a person does in a browser with the pages of a server
// in demo mode.
package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const patience = 2 * time.Minute

// serve runs a server of its own until the test ends, and returns its URL.
func serve(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "freety")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./server")
	build.Dir = "../../.."
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	cmd := exec.Command(program)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &output, &output
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FREETY_") }), "FREETY_ADDR="+address, "FREETY_DEMO=true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the server's log:\n%s", &output)
		}
	})
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(100 * time.Millisecond) {
		if answer, err := http.Get("http://" + address + "/ping"); err == nil {
			_ = answer.Body.Close()
			return "http://" + address
		}
	}
	t.Fatal("the server does not start")
	return ""
}

// browser is a window of headless Chromium in which no script may fail, and nothing
// be kept from loading.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func open(t *testing.T) browser {
	t.Helper()
	found := slices.ContainsFunc([]string{"chromium", "chromium-browser", "google-chrome"}, func(name string) bool {
		_, err := exec.LookPath(name)
		return err == nil
	})
	if !found {
		t.Skip("there is no Chromium here; tools/check installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.WindowSize(1200, 900))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it does not start as root with one
	}
	ctx, endBrowser := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, endWindow := chromedp.NewContext(ctx)
	b := browser{t, ctx}
	messages := chromedp.Console(ctx)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for m, err := range messages {
			if err == nil && (m.IsException() || m.Type == "error") {
				t.Errorf("the browser complains: %s", m)
			}
		}
	}()
	t.Cleanup(func() { endWindow(); endBrowser(); <-read })
	return b
}

func (b browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// wait returns what a script says once it is something.
func wait[T any](b browser, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Poll[T](script, chromedp.WithPollingTimeout(patience)))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// text is what a person reads in an element once there is something.
func (b browser) text(selector string) string {
	b.t.Helper()
	return wait[string](b, fmt.Sprintf("document.querySelector(%q)?.innerText", selector))
}

// click clicks on an element once it is there. It does not scroll there first, which
// takes seconds on a page of this length.
func (b browser) click(selector string) {
	b.t.Helper()
	wait[bool](b, fmt.Sprintf("(e => e && (e.click(), true))(document.querySelector(%q))", selector))
}

// signIn clicks on a button of the docs and waits for the page that follows.
func (b browser) signIn(role string) {
	b.t.Helper()
	b.run(chromedp.Click(chromedp.CSS(fmt.Sprintf("button[data-email^=%s]:enabled", role))))
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(50 * time.Millisecond) {
		// Not by one script, which would end with the page that it is on.
		there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector('#signed-in')?.innerText.includes('(%s)') && document.querySelector('.opblock') != null", role)))
		if err == nil && there {
			return
		}
	}
	b.t.Fatalf("the button signs in no %s", role)
}

// operation is one of the contract.
type operation struct {
	OperationID, Description string
	Tags                     []string
	Security                 []map[string]any
}

func (o operation) element() string { return "#operations-" + o.Tags[0] + "-" + o.OperationID }

// gets are the operations that read.
func gets(t *testing.T, url string) (all []operation) {
	t.Helper()
	answer, err := http.Get(url + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var contract struct {
		Paths map[string]struct{ Get *operation }
	}
	if err := json.NewDecoder(answer.Body).Decode(&contract); err != nil {
		t.Fatal(err)
	}
	for _, path := range contract.Paths {
		if path.Get != nil {
			all = append(all, *path.Get)
		}
	}
	return all
}

// send opens an operation, clicks on "Try it out" and "Execute" and returns the
// status of the answer.
func (b browser) send(o operation) (status string) {
	b.t.Helper()
	at := o.element()
	for _, button := range []string{" .opblock-summary-control", " .try-out__btn", " .execute"} {
		b.click(at + button)
	}
	status = b.text(at + " .live-responses-table tbody .response-col_status")
	b.click(at + " .opblock-summary-control")
	return status
}

func TestPages(t *testing.T) {
	_ = open(t) // skips, before the server is built, where there is no browser
	url := serve(t)
	t.Run("what the docs try succeeds as it stands", func(t *testing.T) { trySucceeds(t, url) })
	t.Run("locks say who must sign in", func(t *testing.T) { locksAreTrue(t, url) })
	t.Run("a mail opens in the inbox by one click", func(t *testing.T) { mailOpens(t, url) })
}

func trySucceeds(t *testing.T, url string) {
	b := open(t)
	b.run(chromedp.Navigate(url))
	// What all may do is tried by one of them.
	for role, tries := range map[string]func(o operation) bool{
		"stylist": func(o operation) bool { return !strings.Contains(o.Description, "For models.") },
		"model":   func(o operation) bool { return strings.Contains(o.Description, "For models.") },
	} {
		b.signIn(role)
		b.run(chromedp.Reload())
		if got := b.text("#signed-in"); !strings.Contains(got, "("+role+")") {
			t.Errorf("after a reload: %s", got)
		}
		tried := 0
		for _, o := range gets(t, url) {
			if tries(o) {
				tried++
				if status := b.send(o); !strings.HasPrefix(status, "200") {
					t.Errorf("%s as a %s: %s", o.OperationID, role, status)
				}
			}
		}
		if tried == 0 {
			t.Errorf("nothing for a %s", role)
		}
	}
}

func locksAreTrue(t *testing.T, url string) {
	b := open(t)
	b.run(chromedp.Navigate(url + "/docs"))
	compare := func(lock string) {
		t.Helper()
		for _, o := range gets(t, url) {
			summary := b.text(o.element() + " .opblock-summary-description")
			locks := wait[[]string](b, fmt.Sprintf("Array.from(document.querySelectorAll('%s .authorization__btn'), b => b.ariaLabel)", o.element()))
			want := []string{"authorization button " + lock}
			if len(o.Security) == 1 && len(o.Security[0]) == 0 {
				want = []string{}
			}
			if !slices.Equal(locks, want) || strings.Contains(summary, "optional") != (len(o.Security) == 2) {
				t.Errorf("%s: %v, %q", o.OperationID, locks, summary)
			}
		}
	}
	compare("unlocked")
	b.signIn("model")
	compare("locked")
}

// call sends JSON to the API and decodes what it answers.
func call(t *testing.T, method, url, token, body string, into any) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: %d", method, url, answer.StatusCode)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func mailOpens(t *testing.T, url string) {
	var session struct{ AccessToken string }
	call(t, "POST", url+"/v1/signup/email", "", `{"role": "model", "email": "minji@example.com", "password": "correct horse", "name": "김민지", "birthDate": "2000-01-01"}`, &session)
	var found struct {
		Items []struct{ ID, SeatsLeft int64 }
	}
	call(t, "GET", url+"/v1/recruitments?limit=100", "", "", &found)
	free := slices.IndexFunc(found.Items, func(r struct{ ID, SeatsLeft int64 }) bool { return r.SeatsLeft > 0 })
	var recruitment struct {
		Slots []struct{ ID, SeatsLeft int64 }
	}
	at := fmt.Sprintf("%s/v1/recruitments/%d", url, found.Items[free].ID)
	call(t, "GET", at, "", "", &recruitment)
	slot := slices.IndexFunc(recruitment.Slots, func(s struct{ ID, SeatsLeft int64 }) bool { return s.SeatsLeft > 0 })
	call(t, "POST", at+"/bookings", session.AccessToken, fmt.Sprintf(`{"slotId": %d, "message": "안녕하세요"}`, recruitment.Slots[slot].ID), &struct{}{})
	var mails struct{ Items []struct{ Subject string } }
	for begin := time.Now(); len(mails.Items) == 0; time.Sleep(100 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatal("no mail comes")
		}
		call(t, "GET", url+"/demo/mails", "", "", &mails)
	}

	b := open(t)
	b.run(chromedp.EmulateViewport(390, 844), chromedp.Navigate(url+"/demo/mails"), chromedp.Click(chromedp.CSS("summary")))
	// The letter's own document is nobody's to read, but it can be seen.
	wait[bool](b, "(f => f.getBoundingClientRect().height > 300 && f.srcdoc.includes('Freety'))(document.querySelector('details[open] iframe'))")
	if width := wait[int](b, "document.documentElement.scrollWidth"); width > 390 {
		t.Errorf("on a phone the page is %d wide", width)
	}
	if got := b.text("summary"); !strings.Contains(got, mails.Items[0].Subject) {
		t.Errorf("%q is not in %q", mails.Items[0].Subject, got)
	}
}
