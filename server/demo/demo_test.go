package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/catalogue"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/errgroup"
)

var (
	now   = time.Date(2026, 3, 11, 4, 30, 0, 0, time.UTC) // a Wednesday, 13:30 in Seoul
	quiet = slog.New(slog.DiscardHandler)
)

// album is a store in memory that can be told to fail.
type album struct {
	mu     sync.Mutex
	photos map[string][]byte
	room   int // photos it takes before it fails; 0 for any number
}

var errNoRoom = errors.New("no room")

func newAlbum() *album { return &album{photos: map[string][]byte{}} }

func (a *album) Put(ctx context.Context, key, contentType string, body io.ReadSeeker, size int64) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if int64(len(data)) != size || contentType != "image/jpeg" {
		return fmt.Errorf("%s: %d bytes of %s, called %d", key, len(data), contentType, size)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.room > 0 && len(a.photos) == a.room {
		return errNoRoom
	}
	a.photos[key] = data
	return ctx.Err()
}

// put stores a photo of a name.
func (a *album) put(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.photos[name+".jpg"], a.photos[name+"-thumb.jpg"] = []byte("x"), []byte("x")
}

func (a *album) Get(context.Context, string) (io.ReadCloser, int64, error) {
	return nil, 0, photos.ErrNoObject
}

func (a *album) Delete(_ context.Context, key string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.photos, key)
	return nil
}

func (a *album) Ready(context.Context) error { return nil }

// quick is a Demo of the time now that hashes cheaply.
func quick(d *db.DB, store photos.Store) *Demo {
	m := New(d, store, quiet)
	m.cost, m.now = bcrypt.MinCost, func() time.Time { return now }
	return m
}

func fill(t *testing.T, m *Demo) {
	t.Helper()
	if passed, err := m.Fill(t.Context(), now); err != nil || passed {
		t.Fatalf("passed %t, %v", passed, err)
	}
}

func filled(t *testing.T) *db.DB {
	t.Helper()
	d := dbtest.New(t)
	fill(t, quick(d, newAlbum()))
	return d
}

// number is the one number that a query finds.
func number(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	found, err := db.Get[struct{ N int }](t.Context(), d, sq.Expr("SELECT ("+query+") AS n", args...))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found.N
}

func column(t *testing.T, d *db.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Select[struct{ V *string }](t.Context(), d, sq.Expr(query, args...))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i] = "NULL"
		if row.V != nil {
			values[i] = *row.V
		}
	}
	return values
}

// TestFill fills as the server does.
func TestFill(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	begin := time.Now()
	fill(t, New(d, store, quiet))
	t.Logf("filled in %v", time.Since(begin))
	dbtest.WantSound(t, d)

	hashes := column(t, d, "SELECT DISTINCT password_hash AS v FROM accounts")
	if len(hashes) != 1 {
		t.Fatalf("%d different hashes", len(hashes))
	}
	if err := bcrypt.CompareHashAndPassword([]byte(hashes[0]), []byte(Password)); err != nil {
		t.Errorf("the password: %v", err)
	}
	if cost, err := bcrypt.Cost([]byte(hashes[0])); err != nil || cost != passwordCost || len(Password) < 10 {
		t.Errorf("cost %d (%v) of a password of %d", cost, err, len(Password))
	}

	wantStored(t, d, store)
	distinct := map[string]bool{}
	for _, picture := range store.photos {
		distinct[string(picture)] = true
	}
	if len(store.photos) < 600 || len(distinct) < 60 {
		t.Errorf("%d pictures are stored, of which %d are different", len(store.photos), len(distinct))
	}
}

func TestFillCounts(t *testing.T) {
	t.Parallel()
	d := filled(t)
	dbtest.WantSound(t, d)
	for query, want := range map[string]int{
		"SELECT COUNT(*) FROM stylists":                                               stylistCount,
		"SELECT COUNT(*) FROM models":                                                 modelCount,
		"SELECT COUNT(*) FROM accounts":                                               stylistCount + modelCount,
		"SELECT COUNT(*) FROM recruitments":                                           recruitmentCount,
		"SELECT COUNT(*) FROM outbox":                                                 0,
		"SELECT COUNT(*) FROM stylists WHERE rating IS NOT NULL OR review_count <> 0": 0,
		"SELECT COUNT(*) FROM recruitments WHERE fee % 1000 <> 0 OR fee > 40000":      0,
		"SELECT COUNT(DISTINCT recruitment_id) FROM recruitment_services":             recruitmentCount,
		"SELECT COUNT(DISTINCT service) FROM recruitment_services":                    len(catalogue.Services),
		"SELECT COUNT(DISTINCT state) FROM bookings":                                  10,
		"SELECT COUNT(DISTINCT state) FROM recruitments":                              3,
		"SELECT COUNT(DISTINCT affiliation) FROM stylists":                            4,
		"SELECT COUNT(DISTINCT capacity) FROM slots":                                  3,
		"SELECT COUNT(DISTINCT weekday) FROM slots":                                   7,
		"SELECT COUNT(*) FROM accounts WHERE created_at > ?":                          0,
		"SELECT COUNT(*) FROM booking_events WHERE created_at > ?":                    0,
		"SELECT COUNT(*) FROM favorites WHERE created_at > ?":                         0,
		"SELECT COUNT(*) FROM recruitments WHERE published_at > ?":                    0,
		"SELECT COUNT(*) FROM slots WHERE starts_at > ? + INTERVAL 22 DAY":            0,
		"SELECT COUNT(*) FROM bookings WHERE state = 'offered' AND expires_at <= ?":   0,
		"SELECT COUNT(*) FROM models m JOIN accounts a ON a.id = m.account_id WHERE m.discoverable AND a.birth_date > ? - INTERVAL 19 YEAR": 0,
		"SELECT COUNT(*) FROM bookings b JOIN slots s ON s.id = b.slot_id WHERE b.state IN ('completed', 'no_show') AND s.ends_at > ?":      0,
		"SELECT COUNT(*) FROM bookings b JOIN slots s ON s.id = b.slot_id WHERE b.live_recruitment_id IS NOT NULL AND s.starts_at <= ?":     0,
	} {
		var args []any
		if strings.Contains(query, "?") {
			args = []any{now}
		}
		if got := number(t, d, query, args...); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	for query, least := range map[string]int{
		"SELECT COUNT(*) FROM recruitments WHERE state = 'open' AND last_slot_at > ?": 250,
		"SELECT COUNT(*) FROM slots WHERE starts_at < ?":                              30,
		"SELECT COUNT(*) FROM slots WHERE starts_at >= ?":                             800,
		"SELECT COUNT(*) FROM bookings WHERE created_at < ?":                          200,
		"SELECT COUNT(*) FROM favorites WHERE created_at < ?":                         500,
		"SELECT MAX(favorite_count) FROM recruitments WHERE created_at < ?":           12,
		"SELECT COUNT(DISTINCT district) FROM recruitments WHERE created_at < ?":      25,
		"SELECT COUNT(DISTINCT title) FROM recruitments WHERE created_at < ?":         220,
		"SELECT COUNT(DISTINCT body) FROM recruitments WHERE created_at < ?":          299,
	} {
		if got := number(t, d, query, now); got < least {
			t.Errorf("%s: %d, want at least %d", query, got, least)
		}
	}
	hours := "SELECT DISTINCT TIME_FORMAT(starts_at + INTERVAL 9 HOUR, '%H:%i') AS v FROM slots"
	for _, hour := range column(t, d, hours) {
		if hour < "10:00" || hour > "20:00" {
			t.Errorf("a slot starts at %s", hour)
		}
	}
}

func TestFillFirst(t *testing.T) {
	t.Parallel()
	d := filled(t)
	waiting := "SELECT COUNT(*) FROM bookings b JOIN accounts a ON a.id = b.stylist_id WHERE a.email = ? AND a.role = 'stylist' AND b.state = 'applied'"
	if got := number(t, d, waiting, StylistEmail); got < 5 {
		t.Errorf("the demo stylist has %d applications waiting", got)
	}
	own := "SELECT COUNT(*) FROM recruitments r JOIN accounts a ON a.id = r.stylist_id WHERE a.email = ? AND r.state = 'open' AND r.last_slot_at > ?"
	if got := number(t, d, own, StylistEmail, now); got != firstOnes {
		t.Errorf("the demo stylist has %d open recruitments", got)
	}
	states := column(t, d, "SELECT DISTINCT b.state AS v FROM bookings b JOIN accounts a ON a.id = b.model_id WHERE a.email = ? AND a.role = 'model' ORDER BY 1", ModelEmail)
	if diff := cmp.Diff([]string{"applied", "completed", "confirmed"}, states); diff != "" {
		t.Errorf("the demo model's bookings (-want +got):\n%s", diff)
	}
}

func TestFillTwice(t *testing.T) {
	t.Parallel()
	d := filled(t)
	before := dump(t, d)
	store := newAlbum()
	fill(t, quick(d, store))
	if diff := cmp.Diff(before, dump(t, d)); diff != "" || len(store.photos) != 0 {
		t.Errorf("the second time stored %d photos and changed (-before +after):\n%s", len(store.photos), diff)
	}
}

func TestFillTellsThatAllDaysHavePassed(t *testing.T) {
	t.Parallel()
	m := quick(dbtest.New(t), newAlbum())
	fill(t, m)
	for days, want := range map[int]bool{0: false, ahead - 1: false, ahead + 1: true, 400: true} {
		if passed, err := m.Fill(t.Context(), now.AddDate(0, 0, days)); err != nil || passed != want {
			t.Errorf("after %d days: %t, %v", days, passed, err)
		}
	}
}

func TestFillIsDeterministic(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(dump(t, filled(t)), dump(t, filled(t))); diff != "" {
		t.Errorf("two databases differ:\n%s", diff)
	}
}

// dump returns the content of a database without what is random: hashes, and names
// of photos.
func dump(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	content := map[string][]string{}
	for _, table := range []string{
		"accounts", "stylists", "models", "photos", "recruitments", "recruitment_services", "recruitment_photos", "slots", "favorites", "bookings", "booking_events",
	} {
		columns := column(t, d, "SELECT COLUMN_NAME AS v FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? "+
			"AND COLUMN_NAME <> 'password_hash' AND (TABLE_NAME <> 'photos' OR COLUMN_NAME <> 'name') ORDER BY ORDINAL_POSITION", table)
		content[table] = column(t, d, "SELECT CONCAT_WS('|', COALESCE("+strings.Join(columns, ", ''), COALESCE(")+", '')) AS v FROM "+table+" ORDER BY v")
	}
	return content
}

func TestFillAtOnce(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	var group errgroup.Group
	for range 3 {
		group.Go(func() error {
			_, err := quick(d, store).Fill(t.Context(), now)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	dbtest.WantSound(t, d)
	if got, newest := number(t, d, "SELECT COUNT(*) FROM accounts"), number(t, d, "SELECT MAX(id) FROM accounts"); got != stylistCount+modelCount || newest != got {
		t.Errorf("%d accounts, the newest is %d: more than one has written them", got, newest)
	}
	if got := number(t, d, "SELECT COUNT(*) FROM recruitments"); got != recruitmentCount {
		t.Errorf("%d recruitments", got)
	}
	tidy(t, d, store)
	wantStored(t, d, store)
}

func TestFillInterrupted(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	store.room = 100
	if _, err := quick(d, store).Fill(t.Context(), now); !errors.Is(err, errNoRoom) {
		t.Fatalf("with a full store: %v", err)
	}
	if got := number(t, d, "SELECT COUNT(*) FROM accounts"); got != 0 {
		t.Errorf("%d accounts are left", got)
	}
	store.room = 0
	fill(t, quick(d, store))
	tidy(t, d, store)
	wantStored(t, d, store)
}

// tidy takes out of the store what the outbox is to delete, now or later.
func tidy(t *testing.T, d *db.DB, store *album) {
	t.Helper()
	for _, name := range column(t, d, "SELECT subject AS v FROM outbox WHERE kind = 'delete_photo'") {
		delete(store.photos, name+".jpg")
		delete(store.photos, name+"-thumb.jpg")
	}
	if _, err := d.ExecContext(t.Context(), "DELETE FROM outbox WHERE kind = 'delete_photo'"); err != nil {
		t.Fatal(err)
	}
}

// wantStored fails unless the store holds the photos that there are, and no others.
func wantStored(t *testing.T, d *db.DB, store *album) {
	t.Helper()
	names := column(t, d, "SELECT name AS v FROM photos")
	for _, name := range names {
		if store.photos[name+".jpg"] == nil || store.photos[name+"-thumb.jpg"] == nil {
			t.Fatalf("the store lacks %s", name)
		}
	}
	if len(store.photos) != 2*len(names) {
		t.Errorf("%d pictures are stored for %d photos", len(store.photos), len(names))
	}
}

const stranger = "INSERT INTO accounts (role, name, email, birth_date, created_at) VALUES ('model', '홍길동', 'hong@salon.example', '2000-01-01', '2026-03-01')"

func TestFillLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	if _, err := d.ExecContext(t.Context(), stranger); err != nil {
		t.Fatal(err)
	}
	fill(t, quick(d, store))
	if got := number(t, d, "SELECT COUNT(*) FROM accounts"); got != 1 || len(store.photos) != 0 {
		t.Errorf("%d accounts, %d photos", got, len(store.photos))
	}
}
