package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db/dbtest"
	"freety/server/demo"
)

// logIn signs in to one of the demo's accounts.
func (c *client) logIn(url string) error {
	c.token = ""
	var session struct{ AccessToken string }
	_, err := c.call(http.MethodPost, url+"/v1/login/email", fmt.Sprintf(`{"email": %q, "password": %q}`, c.email, demo.Password), "", &session)
	c.token = session.AccessToken
	return err
}

// open is a recruitment to come, with its first slot.
func (c *client) open(url string) (recruitment, slot int64, err error) {
	var page struct{ Items []struct{ ID int64 } }
	if _, err := c.call(http.MethodGet, url+"/v1/recruitments?limit=1", "", "", &page); err != nil || len(page.Items) == 0 {
		return 0, 0, fmt.Errorf("no recruitment is open: %w", err)
	}
	var found struct{ Slots []struct{ ID int64 } }
	_, err = c.call(http.MethodGet, fmt.Sprintf("%s/v1/recruitments/%d", url, page.Items[0].ID), "", "", &found)
	if err != nil || len(found.Slots) == 0 {
		return 0, 0, err
	}
	return page.Items[0].ID, found.Slots[0].ID, nil
}

// TestResetsAreHarmlessToRequestsInHand resets the demo while its stylist
// writes recruitments and its model keeps and applies for some.
func TestResetsAreHarmlessToRequestsInHand(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds, most of them for hashing passwords")
	}
	p := startProcess(t, build(t), filepath.Join(t.TempDir(), "data"), true)
	// What a request may meet: the end of its session, and of what it is about.
	harmless := []int{200, 201, 204, 401, 404, 409, 422, 503}
	var mu sync.Mutex
	answers := map[int]int{}
	call := func(c *client, method, path, body string) int {
		status, err := c.call(method, p.url+path, body, "", nil)
		mu.Lock()
		answers[status]++
		mu.Unlock()
		if !slices.Contains(harmless, status) {
			t.Error(err)
		}
		return status
	}
	stop := make(chan struct{})
	var people sync.WaitGroup
	work := func(email string, once func(c *client) int) {
		people.Go(func() {
			c := &client{email: email}
			for status := http.StatusUnauthorized; ; {
				select {
				case <-stop:
					return
				default:
				}
				if status == http.StatusUnauthorized {
					if err := c.logIn(p.url); err != nil && !strings.Contains(err.Error(), "404") {
						t.Error(err)
						return
					}
				}
				status = once(c)
			}
		})
	}
	draft := `{"title": "단발 모델", "body": "", "services": ["cut"], "fee": 0, "slots": [], "venue": {"province": "서울특별시", "district": "강남구"}}`
	for range 3 {
		work(demo.StylistEmail, func(c *client) int { return call(c, http.MethodPost, "/v1/recruitments", draft) })
		work(demo.ModelEmail, func(c *client) int {
			recruitment, slot, err := c.open(p.url)
			if err != nil {
				return 0 // removed between the list and the detail
			}
			call(c, http.MethodPut, fmt.Sprintf("/v1/recruitments/%d/favorite", recruitment), "")
			return call(c, http.MethodPost, fmt.Sprintf("/v1/recruitments/%d/bookings", recruitment), fmt.Sprintf(`{"slotId": %d}`, slot))
		})
	}
	nobody := &client{}
	for range 2 {
		var resets sync.WaitGroup
		for range 3 {
			resets.Go(func() {
				if status, err := nobody.call(http.MethodPost, p.url+"/demo/reset", "", "", nil); status != http.StatusNoContent {
					t.Errorf("a reset among others: %d, %v", status, err)
				}
			})
		}
		resets.Wait()
		time.Sleep(500 * time.Millisecond)
	}
	close(stop)
	people.Wait()
	t.Logf("answers by status: %v", answers)
	if answers[201] == 0 || answers[401] == 0 {
		t.Error("nothing was in hand when the demo was reset")
	}
	d := openSocket(t, p.socket)
	dbtest.WantSound(t, d)

	if _, err := nobody.call(http.MethodPost, p.url+"/demo/clock", `{"advance": "P30D"}`, "", nil); err != nil {
		t.Error(err)
	}
	if status, err := nobody.call(http.MethodPost, p.url+"/demo/reset", "", "", nil); status != http.StatusNoContent {
		t.Errorf("%d, %v", status, err)
	}
	var now struct{ Now time.Time }
	if _, err := nobody.call(http.MethodPost, p.url+"/demo/clock", `{"advance": "PT1S"}`, "", &now); err != nil || time.Until(now.Now).Abs() > time.Minute {
		t.Errorf("after a reset it is %s: %v", now.Now, err)
	}
	var mails struct{ Items []any }
	if _, err := nobody.call(http.MethodGet, p.url+"/demo/mails", "", "", &mails); err != nil || len(mails.Items) > 0 {
		t.Errorf("%d mails are left: %v", len(mails.Items), err)
	}
	var accounts int
	if err := d.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM accounts").Scan(&accounts); err != nil || accounts != 260 {
		t.Errorf("%d accounts, %v", accounts, err)
	}
}
