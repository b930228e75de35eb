package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"freety/db"
	"freety/db/mariadb"
	"freety/server/demo"
)

var signIns = regexp.MustCompile(`(Stylist|Model) +(\S+) +password: (\S+)`)

// TestADemosDataIsNotServedInEarnest starts on the data of an earlier demo.
func TestADemosDataIsNotServedInEarnest(t *testing.T) {
	if testing.Short() {
		t.Skip("painting the demo's pictures takes some seconds")
	}
	cfg := settings(t)
	p := startProcess(t, build(t), cfg.DataDir, true)
	_, document := get(t, p.url+"/openapi.json")
	_, page := get(t, p.url+"/demo")
	saysDemo := func(text string) bool { return strings.Contains(strings.ToLower(text), "anybody can sign in") }
	for where, text := range map[string]string{"log": p.stderr.String(), "greeting": p.stdout.String(), "document": document, "page": page} {
		if !saysDemo(text) {
			t.Errorf("the %s does not say that this is a demo", where)
		}
	}
	p.kill()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := run(ctx, cfg, io.Discard, slog.New(slog.DiscardHandler))
	if !errors.Is(err, errDemoPeople) {
		t.Fatalf("started on the demo's data in earnest: %v", err)
	}
	for _, way := range []string{"go run ./tools/audit -demo-people delete", "tools/run --fresh", "FREETY_DEMO=true"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%s is not named: %v", way, err)
		}
	}
	private, err := mariadb.Start(t.Context(), filepath.Join(cfg.DataDir, "mariadb"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), private.DSN(mariadb.Database))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := demo.DeletePeople(t.Context(), d); err != nil {
		t.Error(err)
	}
	if err := errors.Join(d.Close(), private.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	s := startHere(t, cfg)
	_, document = get(t, s.url+"/openapi.json")
	if saysDemo(s.log.String() + s.stdout.String() + document) {
		t.Error("it is still said to be a demo")
	}
	if status, _ := get(t, s.url+"/demo"); status != http.StatusNotFound {
		t.Errorf("/demo in earnest: %d", status)
	}
	s.stop(t)
}

// TestDemoMode follows the banner: it signs in as both, books, and reads the
// mails.
func TestDemoMode(t *testing.T) {
	if testing.Short() {
		t.Skip("painting the demo's pictures takes some seconds")
	}
	p := startProcess(t, build(t), filepath.Join(t.TempDir(), "data"), true)
	people := map[string]*client{}
	for _, found := range signIns.FindAllStringSubmatch(p.stdout.String(), -1) {
		c := &client{email: found[2]}
		var session struct{ AccessToken string }
		if _, err := c.call(http.MethodPost, p.url+"/v1/login/email", fmt.Sprintf(`{"email": %q, "password": %q}`, found[2], found[3]), "", &session); err != nil {
			t.Fatal(err)
		}
		c.token = session.AccessToken
		people[found[1]] = c
	}
	if len(people) != 2 {
		t.Fatalf("sign-ins in %s", p.stdout.String())
	}
	line := tryIt.FindStringSubmatch(p.stdout.String())
	if status, body := get(t, line[1]); status != 200 || !strings.Contains(body, `"services":["cut"`) {
		t.Errorf("%s: %d %s", line[1], status, body)
	}

	var offers struct {
		Items []struct {
			ID int64
		}
	}
	visitor := &client{}
	if _, err := visitor.call(http.MethodGet, p.url+"/v1/recruitments?limit=100", "", "", &offers); err != nil {
		t.Fatal(err)
	}
	booked := false
	for _, offer := range offers.Items {
		var detail struct {
			Slots []struct {
				ID        int64
				StartsAt  time.Time
				SeatsLeft int
			}
		}
		path := fmt.Sprintf("%s/v1/recruitments/%d", p.url, offer.ID)
		if _, err := visitor.call(http.MethodGet, path, "", "", &detail); err != nil {
			t.Fatal(err)
		}
		for _, slot := range detail.Slots {
			if !booked && slot.SeatsLeft > 0 && slot.StartsAt.After(time.Now()) {
				status, _ := people["Model"].call(http.MethodPost, path+"/bookings", fmt.Sprintf(`{"slotId": %d}`, slot.ID), "", nil)
				booked = status == http.StatusCreated
			}
		}
		if booked {
			break
		}
	}
	if !booked {
		t.Fatal("the demo's model can book nothing")
	}
	var mails struct {
		Items []struct{ To, Subject string }
	}
	for begin := time.Now(); len(mails.Items) == 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatal("no mail")
		}
		if _, err := visitor.call(http.MethodGet, p.url+"/demo/mails", "", "", &mails); err != nil {
			t.Fatal(err)
		}
	}

	var clock struct{ Now time.Time }
	if _, err := visitor.call(http.MethodPost, p.url+"/demo/clock", `{"advance": "P30D"}`, "", &clock); err != nil || time.Until(clock.Now) < 29*24*time.Hour {
		t.Errorf("the clock shows %s, %v", clock.Now, err)
	}
	// Tokens live by the real time.
	if _, err := people["Stylist"].call(http.MethodGet, p.url+"/v1/me", "", "", nil); err != nil {
		t.Error(err)
	}
}
