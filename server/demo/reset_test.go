package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/photos"
	"freety/routes/system"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

// ours are the tables that are not people's: of the catalogue, of the schema,
// and the demo's clock, which is set.
var ours = []string{"services", "regions", "region_names", "goose_db_version", "goose_lock", "view_versions", "demo_clock", "write_checks"}

func tables(t *testing.T, d *db.DB) []string {
	t.Helper()
	return column(t, d, "SELECT TABLE_NAME AS v FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'")
}

func TestEveryTableIsPeoplesOrOurs(t *testing.T) {
	t.Parallel()
	known := slices.Sorted(slices.Values(slices.Concat(peoplesTables, ours)))
	if diff := cmp.Diff(slices.Sorted(slices.Values(tables(t, dbtest.New(t)))), known); diff != "" {
		t.Errorf("a reset must know every table, so that nothing of people's stays (-schema +known):\n%s", diff)
	}
}

func counts(t *testing.T, d *db.DB) map[string]int {
	t.Helper()
	rows := map[string]int{}
	for _, table := range tables(t, d) {
		rows[table] = number(t, d, "SELECT COUNT(*) FROM "+table)
	}
	return rows
}

func reset(t *testing.T, m *Demo) {
	t.Helper()
	if err := m.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// newcomer is the statements of somebody who signs up, and leaves a row in every table.
const newcomer = `
INSERT INTO accounts (role, name, email, birth_date, created_at) VALUES ('stylist', '홍길동', 'hong@salon.example', '2000-01-01', NOW())
SET @account = LAST_INSERT_ID()
INSERT INTO demo_people VALUES (@account)
INSERT INTO stylists (account_id) VALUES (@account)
INSERT INTO models (account_id, hair_history, districts) VALUES (@account, '[]', '[]')
INSERT INTO account_agreements VALUES (@account, 'terms', NOW())
INSERT INTO sessions (account_id, user_agent, created_at, last_used_at, expires_at) VALUES (@account, '', NOW(), NOW(), NOW())
INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES (REPEAT('t', 32), LAST_INSERT_ID(), NOW())
INSERT INTO sign_in_attempts (who, wrong, tried_at, next_at) VALUES (REPEAT('w', 32), 1, NOW(), NOW())
INSERT INTO idempotency_keys (account_id, route, claim, body_hash, resource_id, created_at) VALUES (@account, 'POST /', 'key', REPEAT('h', 32), 1, NOW())
INSERT INTO outbox (kind, subject, account_id, due_at, created_at) VALUES ('booking_applied', '1', @account, NOW(), NOW())
INSERT INTO notices (account_id, kind, facts, created_at) VALUES (@account, 'booking_applied', '{}', NOW())
INSERT INTO unconfirmed_letters VALUES ('2031-01-01', REPEAT('a', 32), 1)
INSERT INTO photos (owner_id, name, width, height, blurhash, created_at) VALUES (@account, 'uploaded', 1, 1, '', NOW())
SET @photo = LAST_INSERT_ID()
UPDATE accounts SET avatar_photo_id = @photo WHERE id = @account
INSERT INTO recruitments (stylist_id, state, title, body, services, fee, gender_wanted, province, district, zone, notice_hours, instant_book, cover_photo_id, photo_count, created_at, updated_at) VALUES (@account, 'draft', '', '', 'cut', 0, 'any', '서울특별시', '강남구', 'Asia/Seoul', 0, 0, @photo, 1, NOW(), NOW())
SET @recruitment = LAST_INSERT_ID()
INSERT INTO recruitment_photos VALUES (@recruitment, @photo, 1)
INSERT INTO recruitment_services VALUES (@recruitment, 'cut')
INSERT INTO favorites VALUES (@account, @recruitment, NOW())
INSERT INTO slots (recruitment_id, starts_at, ends_at, weekday, capacity) VALUES (@recruitment, '2031-01-01', '2031-01-02', 3, 1)
INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) VALUES (@recruitment, LAST_INSERT_ID(), @account, @account, 'applied', '{}', NOW(), NOW())
INSERT INTO booking_events (booking_id, state, actor_role, actor_id, created_at) VALUES (LAST_INSERT_ID(), 'applied', 'model', @account, NOW())
INSERT INTO demo_clock (id, offset_seconds) VALUES (1, 86400) ON DUPLICATE KEY UPDATE offset_seconds = 86400`

func TestAResetLeavesWhatAFreshDatabaseHas(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	m := quick(d, store)
	fill(t, m)
	fresh, content := counts(t, d), dump(t, d)
	statements := strings.Split(strings.TrimSpace(newcomer), "\n")
	err := d.InTx(t.Context(), func(tx *db.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(t.Context(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	store.put("uploaded")
	used := counts(t, d)
	for _, table := range peoplesTables {
		if used[table] <= fresh[table] {
			t.Errorf("nobody has left anything in %s, so that a reset shows nothing there", table)
		}
	}
	reset(t, m)
	tidy(t, d, store) // as the outbox would
	if diff := cmp.Diff(fresh, counts(t, d)); diff != "" {
		t.Errorf("rows (-fresh +reset):\n%s", diff)
	}
	if number(t, d, "SELECT offset_seconds FROM demo_clock") != 0 {
		t.Error("the clock is not set to the real time")
	}
	dbtest.WantSound(t, d)
	wantStored(t, d, store)
	for table, rows := range dump(t, d) {
		if len(rows) != len(content[table]) {
			t.Errorf("%s: %d rows, %d when fresh", table, len(rows), len(content[table]))
		}
	}
	if got := number(t, d, "SELECT COUNT(*) FROM accounts WHERE id <= ?", used["accounts"]); got != 0 {
		t.Errorf("%d accounts have an id that another one had", got)
	}
}

func TestAResetWritesTheDataOfItsDay(t *testing.T) {
	t.Parallel()
	m := quick(dbtest.New(t), newAlbum())
	fill(t, m)
	later := now.AddDate(1, 0, 0)
	m.now = func() time.Time { return later }
	reset(t, m)
	if passed, err := m.Fill(t.Context(), later); err != nil || passed {
		t.Errorf("passed %t, %v", passed, err)
	}
}

func TestAResetLeavesOthersDataAlone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if _, err := d.ExecContext(t.Context(), stranger); err != nil {
		t.Fatal(err)
	}
	// Anybody can sign up with an address like those of the demo's people.
	for _, email := range []string{"x@" + domain, StylistEmail} {
		if _, err := d.ExecContext(t.Context(), "UPDATE accounts SET email = ?", email); err != nil {
			t.Fatal(err)
		}
		if err := quick(d, newAlbum()).Reset(t.Context()); !errors.Is(err, system.ErrNoDemo) || number(t, d, "SELECT COUNT(*) FROM accounts") != 1 {
			t.Errorf("reset with an account of %s: %v", email, err)
		}
	}
}

func TestAResetThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	m := quick(d, store)
	fill(t, m)
	content := dump(t, d)
	store.room = len(store.photos) + 100
	if err := m.Reset(t.Context()); !errors.Is(err, errNoRoom) {
		t.Fatalf("with a full store: %v", err)
	}
	tidy(t, d, store)
	if diff := cmp.Diff(content, dump(t, d)); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
	wantStored(t, d, store)
}

// TestAResetKeepsOutWhoSignsUpMeanwhile holds up a reset, so that somebody can sign
// up behind it.
func TestAResetKeepsOutWhoSignsUpMeanwhile(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	m := quick(d, newAlbum())
	fill(t, m)
	var reset, signUp errgroup.Group
	err := d.InTx(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.ExecContext(t.Context(), "UPDATE models SET discoverable = FALSE"); err != nil {
			return err
		}
		reset.Go(func() error { return m.Reset(t.Context()) })
		const waits = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO = 'DELETE FROM models'"
		for begin := time.Now(); number(t, d, waits) == 0; time.Sleep(10 * time.Millisecond) {
			if time.Since(begin) > 10*time.Second {
				return errors.New("the reset does not get to the models")
			}
		}
		signUp.Go(func() error {
			return d.InTx(t.Context(), func(tx *db.Tx) error {
				for statement := range strings.SplitSeq(strings.TrimSpace(newcomer), "\n") {
					if strings.Contains(statement, "models") || strings.Contains(statement, "photos") {
						break
					}
					if _, err := tx.ExecContext(t.Context(), statement); err != nil {
						return err
					}
				}
				return nil
			})
		})
		time.Sleep(200 * time.Millisecond)
		return nil
	})
	if err := errors.Join(err, reset.Wait(), signUp.Wait()); err != nil {
		t.Fatal(err)
	}
	dbtest.WantSound(t, d)
	if got := number(t, d, "SELECT COUNT(*) FROM stylists"); got != stylistCount+1 {
		t.Errorf("%d stylists, without whoever signed up", got)
	}
}

// TestResetsAtOnceAmongWrites has several servers reset the demo while people
// sign up, apply and upload.
func TestResetsAtOnceAmongWrites(t *testing.T) {
	t.Parallel()
	d, store := dbtest.New(t), newAlbum()
	fill(t, quick(d, store))
	ctx, stop := context.WithCancel(t.Context())
	var people, resets errgroup.Group
	for range 6 {
		people.Go(func() error {
			for ctx.Err() == nil {
				if err := visit(t.Context(), d, store); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 3 {
		resets.Go(func() error {
			for range 2 {
				if err := quick(d, store).Reset(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := resets.Wait(); err != nil {
		t.Error(err)
	}
	stop()
	if err := people.Wait(); err != nil {
		t.Error(err)
	}
	dbtest.WantSound(t, d)
	fill(t, quick(d, store))
	reset(t, quick(d, store))
	tidy(t, d, store)
	wantStored(t, d, store)
	fresh := dbtest.New(t)
	fill(t, quick(fresh, newAlbum()))
	if diff := cmp.Diff(counts(t, fresh), counts(t, d)); diff != "" {
		t.Errorf("rows (-fresh +reset):\n%s", diff)
	}
}

// visit signs somebody up, uploads a photo and applies, as the routes do. It is not
// an error if the recruitment has gone.
func visit(ctx context.Context, d *db.DB, store *album) error {
	var model int64
	err := d.InTx(ctx, func(tx *db.Tx) (err error) {
		model, err = db.Insert(ctx, tx, sq.Expr("INSERT INTO accounts (role, name, birth_date, created_at) VALUES ('model', '', '2000-01-01', NOW())"))
		if err != nil {
			return err
		}
		_, err = db.Exec(ctx, tx, sq.Expr("INSERT INTO models (account_id, hair_history, districts) VALUES (?, '[]', '[]')", model))
		return err
	})
	if err != nil {
		return err
	}
	name := strings.ToLower(rand.Text())
	if err := api.Enqueue(ctx, d, photos.DeleteTask, name, 0, time.Now().Add(time.Hour)); err != nil {
		return err
	}
	store.put(name)
	err = d.InTx(ctx, func(tx *db.Tx) error {
		if _, err := db.Exec(ctx, tx, sq.Expr("DELETE FROM outbox WHERE kind = 'delete_photo' AND subject = ?", name)); err != nil {
			return err
		}
		photo, err := db.Insert(ctx, tx, sq.Expr("INSERT INTO photos (owner_id, name, width, height, blurhash, created_at) VALUES (?, ?, 1, 1, '', NOW())", model, name))
		if err != nil {
			return err
		}
		_, err = db.Exec(ctx, tx, sq.Expr("UPDATE accounts SET avatar_photo_id = ? WHERE id = ?", photo, model))
		return err
	})
	if err != nil && !db.IsMissingParent(err, "photos_owner") {
		return err
	}
	err = d.InTx(ctx, func(tx *db.Tx) error {
		slot, err := db.Get[struct{ ID, RecruitmentID, StylistID int64 }](ctx, tx, sq.Expr("SELECT s.id, s.recruitment_id, r.stylist_id FROM slots s JOIN recruitments r ON r.id = s.recruitment_id ORDER BY s.id LIMIT 1"))
		if err != nil {
			return err
		}
		counted, err := db.Exec(ctx, tx, sq.Expr("UPDATE recruitments SET booking_count = booking_count + 1 WHERE id = ?", slot.RecruitmentID))
		if err != nil || counted == 0 {
			return err
		}
		booking, err := db.Insert(ctx, tx, sq.Expr("INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) VALUES (?, ?, ?, ?, 'applied', "+
			`'{"fee": 0, "services": ["cut"], "noticeHours": 0, "venue": {"province": "", "district": "", "zone": ""}}', NOW(), NOW())`, slot.RecruitmentID, slot.ID, slot.StylistID, model))
		if err != nil {
			return err
		}
		_, err = db.Exec(ctx, tx, sq.Expr("INSERT INTO booking_events (booking_id, state, actor_role, actor_id, created_at) VALUES (?, 'applied', 'model', ?, NOW())", booking, model))
		return err
	})
	if errors.Is(err, db.ErrNotFound) || db.IsMissingParent(err, "bookings_model") {
		return nil
	}
	return err
}
