package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/db/mariadb"

	"github.com/go-sql-driver/mysql"
)

// process is a server in a process of its own, so that it can be killed.
type process struct {
	cmd            *exec.Cmd
	url, socket    string
	stdout, stderr output
}

var socketOf = regexp.MustCompile(`"MariaDB runs".*"socket":"([^"]+)"`)

// build makes the program without the race detector, under which hashing a
// password takes many seconds.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "freety")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return program
}

func startProcess(t *testing.T, program, dataDir string, isDemo bool) *process {
	t.Helper()
	p := &process{cmd: exec.Command(program)}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FREETY_") }),
		"FREETY_ADDR=127.0.0.1:0", "FREETY_DATA_DIR="+dataDir, fmt.Sprintf("FREETY_DEMO=%t", isDemo))
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	for begin := time.Now(); time.Since(begin) < 2*patience; time.Sleep(10 * time.Millisecond) {
		if found := listens.FindStringSubmatch(p.stdout.String()); found != nil {
			p.url, p.socket = found[1], socketOf.FindStringSubmatch(p.stderr.String())[1]
			return p
		}
		if p.cmd.Process.Signal(syscall.Signal(0)) != nil {
			break
		}
	}
	t.Fatalf("the server does not start: %s", p.stderr.String())
	return nil
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// client is one person's phone.
type client struct {
	email, token string
	id           int64
	tries        []*try
}

// try is one application, which may have been answered or not.
type try struct {
	path, body, key string
	booking         int64 // what was answered; 0: nothing was
	state           string
}

// call sends one request and decodes what comes back. The status is 0 when
// nothing came.
func (c *client) call(method, url, body, key string, into any) (int, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		// Cut off in the middle: not acknowledged.
		return 0, err
	}
	if into != nil && response.StatusCode < 300 {
		if err := json.Unmarshal(text, into); err != nil {
			return 0, err
		}
	}
	if response.StatusCode >= 300 {
		return response.StatusCode, fmt.Errorf("%s %s: %d %s", method, url, response.StatusCode, text)
	}
	return response.StatusCode, nil
}

// signUp tries again while the server says that it is too busy.
func (c *client) signUp(url, role string) error {
	var session struct {
		AccessToken string
		Account     struct{ ID int64 }
	}
	body := fmt.Sprintf(`{"role": %q, "email": %q, "password": "correct horse", "name": "김민지", "birthDate": "2000-01-01"}`, role, c.email)
	for {
		status, err := c.call(http.MethodPost, url+"/v1/signup/email", body, "", &session)
		if status == http.StatusServiceUnavailable {
			time.Sleep(time.Second)
			continue
		}
		c.token, c.id = session.AccessToken, session.Account.ID
		return err
	}
}

// apply sends t, and keeps what was answered.
func (c *client) apply(url string, t *try) (int, error) {
	var booking struct {
		ID    int64
		State string
	}
	status, err := c.call(http.MethodPost, url+t.path, t.body, t.key, &booking)
	if status == http.StatusCreated {
		t.booking, t.state = booking.ID, booking.State
	}
	return status, err
}

const (
	crashClients      = 200
	crashRecruitments = 8
	crashCapacity     = 50
)

// recruit makes a stylist with open recruitments, half of which book
// instantly, and returns the applications that a model can send. No two slots
// overlap, so that only their seats limit them.
func recruit(t *testing.T, url string, number int) []try {
	t.Helper()
	stylist := &client{email: fmt.Sprintf("crash-stylist-%d@example.com", number)}
	if err := stylist.signUp(url, "stylist"); err != nil {
		t.Fatal(err)
	}
	var tries []try
	for i := range crashRecruitments {
		begin := time.Now().Add(time.Duration(24+2*(number*crashRecruitments+i)) * time.Hour).UTC().Truncate(time.Second)
		body, err := json.Marshal(map[string]any{
			"title": "단발 모델", "body": "", "services": []string{"cut"}, "fee": 10000, "instantBook": i%2 == 0, "publish": true,
			"venue": map[string]any{"province": "서울특별시", "district": "강남구", "detail": "3층"},
			"slots": []map[string]any{{"startsAt": begin, "endsAt": begin.Add(time.Hour), "capacity": crashCapacity}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var made struct {
			ID    int64
			Slots []struct{ ID int64 }
		}
		if _, err := stylist.call(http.MethodPost, url+"/v1/recruitments", string(body), "", &made); err != nil {
			t.Fatal(err)
		}
		tries = append(tries, try{path: fmt.Sprintf("/v1/recruitments/%d/bookings", made.ID), body: fmt.Sprintf(`{"slotId": %d, "message": "잘 부탁드려요"}`, made.Slots[0].ID)})
	}
	return tries
}

// TestAKilledServerKeepsWhatItAcknowledged kills the server while 200 people
// sign up and apply, and looks at what the next one finds.
func TestAKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute, most of it for hashing passwords")
	}
	program, dataDir := build(t), filepath.Join(t.TempDir(), "data")
	p := startProcess(t, program, dataDir, false)
	var offers []try
	for number := range 3 {
		offers = append(offers, recruit(t, p.url, number)...)
	}
	p.kill()
	// For its wide limits; as there are people already, no demo data is written.
	p = startProcess(t, program, dataDir, true)

	clients := make([]*client, crashClients)
	var signedUp, booked atomic.Int64
	var all sync.WaitGroup
	killed := make(chan struct{})
	for i := range clients {
		c := &client{email: fmt.Sprintf("crash-model-%d@example.com", i)}
		clients[i] = c
		all.Go(func() {
			if c.signUp(p.url, "model") != nil {
				return
			}
			signedUp.Add(1)
			for n := range offers {
				offer := offers[(i+n)%len(offers)]
				offer.key = fmt.Sprintf("%d-%d", i, n)
				c.tries = append(c.tries, &offer)
				status, err := c.apply(p.url, &offer)
				switch status {
				case http.StatusCreated:
					booked.Add(1)
				case http.StatusConflict, http.StatusServiceUnavailable:
				case 0:
					return // it was killed
				default:
					t.Error(err)
				}
			}
		})
	}
	go func() {
		defer close(killed)
		for begin := time.Now(); time.Since(begin) < 2*patience && (signedUp.Load() < 30 || booked.Load() < 300); {
			time.Sleep(time.Millisecond)
		}
		p.kill()
	}()
	all.Wait()
	<-killed
	t.Logf("killed after %d sign-ups and %d bookings were acknowledged", signedUp.Load(), booked.Load())
	if signedUp.Load() == 0 || signedUp.Load() == crashClients || booked.Load() == 0 {
		t.Fatal("it was not killed in the middle")
	}

	p = startProcess(t, program, dataDir, true)
	d := openSocket(t, p.socket)
	if _, err := d.ExecContext(t.Context(), "UPDATE accounts SET email_verified = TRUE"); err != nil {
		t.Fatal(err)
	}
	soundness(t, d)
	for _, c := range clients {
		if c.id != 0 {
			c.check(t, p.url)
		}
	}
	soundness(t, d)
	lettersArrive(t, d, filepath.Join(dataDir, "mails"), p)
}

// check looks for everything that was acknowledged, and sends again what was
// not: with its key, it is done once whether or not it had been done.
func (c *client) check(t *testing.T, url string) {
	var me struct {
		ID    int64
		Email string
	}
	if _, err := c.call(http.MethodGet, url+"/v1/me", "", "", &me); err != nil || me.ID != c.id || me.Email != c.email {
		t.Errorf("an account is lost: %v", err)
		return
	}
	for _, try := range c.tries {
		if try.booking == 0 {
			status, err := c.apply(url, try)
			if status == http.StatusConflict && strings.Contains(err.Error(), "slot_full") {
				continue
			}
			if err != nil {
				t.Errorf("sent again: %v", err)
				continue
			}
		}
		again := *try
		if _, err := c.apply(url, &again); err != nil || again.booking != try.booking {
			t.Errorf("booking %d became %d: %v", try.booking, again.booking, err)
		}
		var booking struct {
			State string
			Model struct{ ID int64 }
		}
		if _, err := c.call(http.MethodGet, fmt.Sprintf("%s/v1/bookings/%d", url, try.booking), "", "", &booking); err != nil || booking.State != try.state || booking.Model.ID != c.id {
			t.Errorf("booking %d was acknowledged as %s and is %+v: %v", try.booking, try.state, booking, err)
		}
	}
}

func openSocket(t *testing.T, socket string) *db.DB {
	t.Helper()
	dsn := mysql.NewConfig()
	dsn.User, dsn.Net, dsn.Addr, dsn.DBName = "root", "unix", socket, mariadb.Database
	d, err := db.Open(t.Context(), dsn.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// soundness looks for halves of a transaction, and numbers that differ from what
// they count.
func soundness(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.WantSound(t, d)
	// Of these alone, as a session is tidied away some day.
	var found int
	without := "SELECT COUNT(*) FROM accounts a WHERE a.email LIKE 'crash-%' AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.id)"
	if err := d.QueryRowContext(t.Context(), without).Scan(&found); err != nil || found != 0 {
		t.Errorf("%d new accounts without a session, %v", found, err)
	}
}

// lettersArrive waits until the outbox is empty, which what the killed server had
// in hand leaves soon, too; then every notice is in a letter.
func lettersArrive(t *testing.T, d *db.DB, folder string, p *process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	for left := -1; left != 0; {
		// The next letter of a kind would wait for a minute.
		for _, statement := range []string{
			"UPDATE notices SET letter_at = letter_at - INTERVAL 1 MINUTE",
			"UPDATE outbox SET due_at = UTC_TIMESTAMP(6) WHERE account_id IS NOT NULL AND due_at > UTC_TIMESTAMP(6) + INTERVAL 20 SECOND",
		} {
			// In a transaction, which runs again when the server's own work is in its way.
			err := d.InTx(ctx, func(tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := d.QueryRowContext(ctx, "SELECT COUNT(*) FROM outbox WHERE account_id IS NOT NULL").Scan(&left); err != nil {
			t.Fatalf("%v: %s", err, p.stderr.String())
		}
		time.Sleep(200 * time.Millisecond)
	}
	var wanted int
	if err := d.QueryRowContext(ctx, "SELECT COUNT(DISTINCT account_id, kind, letter_at) FROM notices").Scan(&wanted); err != nil {
		t.Fatal(err)
	}
	var untold int
	if err := d.QueryRowContext(ctx, "SELECT COUNT(*) FROM notices WHERE letter_at IS NULL").Scan(&untold); err != nil || untold > 0 {
		t.Errorf("%d notices are in no letter, %v", untold, err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	letters := map[string]bool{}
	messageID := regexp.MustCompile(`(?m)^Message-ID: (\S+)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("<crash-")) {
			letters[string(messageID.FindSubmatch(text)[1])] = true
		}
	}
	if len(letters) != wanted {
		t.Errorf("%d different letters of %d", len(letters), wanted)
	}
}
