package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var signIns = regexp.MustCompile(`(Stylist|Model) +(\S+) +password: (\S+)`)

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
