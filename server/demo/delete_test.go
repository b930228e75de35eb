package demo

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"freety/db"
	"freety/db/dbtest"

	"github.com/google/go-cmp/cmp"
)

// others are the statements of a stylist and a model who are not the demo's: they
// have a booking between them, and each has one with somebody of the demo.
const others = `
INSERT INTO accounts (role, name, email, password_hash, birth_date, created_at) VALUES ('stylist', '홍길동', 'hong@demo.freety.example', 'own', '2000-01-01', NOW())
SET @stylist = LAST_INSERT_ID()
INSERT INTO stylists (account_id) VALUES (@stylist)
INSERT INTO accounts (role, name, email, password_hash, birth_date, created_at) VALUES ('model', '성춘향', 'seong@salon.example', 'another', '2000-01-01', NOW())
SET @model = LAST_INSERT_ID()
INSERT INTO models (account_id, hair_history, districts) VALUES (@model, '[]', '[]')
INSERT INTO sessions (id, account_id, user_agent, created_at, last_used_at, expires_at) VALUES (77, @model, '', NOW(), NOW(), '2038-01-01')
INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES (REPEAT('m', 32), 77, NOW())
INSERT INTO photos (owner_id, name, width, height, blurhash, created_at) VALUES (@stylist, 'others', 1, 1, '', NOW())
INSERT INTO recruitments (stylist_id, state, title, body, services, fee, gender_wanted, province, district, zone, notice_hours, instant_book, cover_photo_id, photo_count, booking_count, favorite_count, last_slot_at, published_at, created_at, updated_at) VALUES (@stylist, 'open', '', '', 'cut', 0, 'any', '서울특별시', '강남구', 'Asia/Seoul', 0, 0, LAST_INSERT_ID(), 1, 2, 2, '2031-01-01', NOW(), NOW(), NOW())
SET @recruitment = LAST_INSERT_ID()
INSERT INTO recruitment_photos SELECT @recruitment, id, 1 FROM photos WHERE name = 'others'
INSERT INTO recruitment_services VALUES (@recruitment, 'cut')
INSERT INTO slots (recruitment_id, starts_at, ends_at, weekday, capacity, taken) VALUES (@recruitment, '2031-01-01', '2031-01-02', 3, 2, 2)
SET @slot = LAST_INSERT_ID()
SET @agreed = '{"fee": 0, "services": ["cut"], "noticeHours": 0, "venue": {"province": "", "district": "", "zone": ""}}'
INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) VALUES (@recruitment, @slot, @stylist, @model, 'confirmed', @agreed, NOW(), NOW())
INSERT INTO booking_events (booking_id, state, actor_role, actor_id, created_at) VALUES (LAST_INSERT_ID(), 'confirmed', 'stylist', @stylist, NOW())
INSERT INTO favorites VALUES (@model, @recruitment, NOW())
INSERT INTO notices (account_id, kind, facts, created_at) VALUES (@model, 'booking_confirmed', '{}', NOW())
INSERT INTO outbox (kind, subject, account_id, due_at, created_at) VALUES ('booking_confirmed', '1', @model, NOW(), NOW())
INSERT INTO idempotency_keys (account_id, route, claim, body_hash, resource_id, created_at) VALUES (@model, 'POST /', 'key', REPEAT('h', 32), 1, NOW())`

const withTheDemo = `
SET @demo_model = (SELECT id FROM accounts WHERE email = 'model@freety.example')
INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) VALUES (@recruitment, @slot, @stylist, @demo_model, 'confirmed', @agreed, NOW(), NOW())
INSERT INTO booking_events (booking_id, state, actor_role, actor_id, created_at) VALUES (LAST_INSERT_ID(), 'confirmed', 'stylist', @stylist, NOW())
INSERT INTO favorites VALUES (@demo_model, @recruitment, NOW())
SET @demo_slot = (SELECT s.id FROM slots s JOIN recruitments r ON r.id = s.recruitment_id JOIN accounts a ON a.id = r.stylist_id WHERE a.email = 'stylist@freety.example' AND r.state = 'open' ORDER BY s.id LIMIT 1)
SELECT r.id, r.stylist_id INTO @demo_recruitment, @demo_stylist FROM recruitments r JOIN slots s ON s.recruitment_id = r.id WHERE s.id = @demo_slot
INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) VALUES (@demo_recruitment, @demo_slot, @demo_stylist, @model, 'applied', @agreed, NOW(), NOW())
INSERT INTO booking_events (booking_id, state, actor_role, actor_id, created_at) VALUES (LAST_INSERT_ID(), 'applied', 'model', @model, NOW())
INSERT INTO favorites VALUES (@model, @demo_recruitment, NOW())
UPDATE recruitments SET booking_count = booking_count + 1, favorite_count = favorite_count + 1 WHERE id = @demo_recruitment`

func execute(t *testing.T, d *db.DB, statements string) {
	t.Helper()
	err := d.InTx(t.Context(), func(tx *db.Tx) error {
		for statement := range strings.SplitSeq(strings.TrimSpace(statements), "\n") {
			if _, err := tx.ExecContext(t.Context(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeletingTheDemosPeopleKeepsOthersWhole(t *testing.T) {
	t.Parallel()
	// The ids of the others are the same in both.
	alone, d, store := dbtest.New(t), dbtest.New(t), newAlbum()
	fill(t, quick(alone, newAlbum()))
	for _, table := range peoplesTables {
		if table == "photos" {
			execute(t, alone, "UPDATE accounts SET avatar_photo_id = NULL")
		}
		execute(t, alone, "DELETE FROM "+table)
	}
	execute(t, alone, others)
	execute(t, alone, "UPDATE recruitments SET booking_count = 1, favorite_count = 1\nUPDATE slots SET taken = 1")
	dbtest.WantSound(t, alone)

	fill(t, quick(d, store))
	// Theirs too, in every table.
	execute(t, d, newcomer)
	execute(t, d, others+withTheDemo)
	store.put("uploaded")
	store.put("others")
	if held, err := HoldsPeople(t.Context(), d); err != nil || !held {
		t.Errorf("%t, %v", held, err)
	}
	deleted, err := DeletePeople(t.Context(), d)
	if err != nil || deleted != stylistCount+modelCount+1 {
		t.Fatalf("%d, %v", deleted, err)
	}
	tidy(t, d, store)
	wantStored(t, d, store)
	dbtest.WantSound(t, d)
	want, got := counts(t, alone), counts(t, d)
	// Kept by a hash of an address, whoever it belongs to; they go by themselves.
	want["unconfirmed_letters"]++
	want["sign_in_attempts"]++
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-others alone +after the demo):\n%s", diff)
	}
	ids := "SELECT GROUP_CONCAT(r.booking_count, '/', r.favorite_count, '/', s.taken, ' ', b.state, ' ', a.name) AS v FROM recruitments r JOIN slots s ON s.recruitment_id = r.id JOIN bookings b ON b.slot_id = s.id JOIN accounts a ON a.id = b.model_id"
	if got := column(t, d, ids); !slices.Equal(got, []string{"1/1/1 confirmed 성춘향"}) {
		t.Errorf("what others have between them has become %v", got)
	}
	if held, err := HoldsPeople(t.Context(), d); err != nil || held {
		t.Errorf("afterwards: %t, %v", held, err)
	}
	if deleted, err := DeletePeople(t.Context(), d); err != nil || deleted != 0 {
		t.Errorf("again: %d, %v", deleted, err)
	}
	// It is no demo now, and must not become one over others' heads.
	if err := quick(d, store).Reset(t.Context()); err == nil {
		t.Error("the database of others was made a demo")
	}
}

func TestDeletingTheDemosPeopleGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	d := filled(t)
	execute(t, d, others)
	execute(t, d, "UPDATE recruitments SET booking_count = 1, favorite_count = 1 WHERE title = ''\nUPDATE slots SET taken = 1 WHERE starts_at = '2031-01-01'")
	dbtest.WantSound(t, d)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for t.Context().Err() == nil {
			var left int
			if err := d.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM demo_people").Scan(&left); err != nil || left < 200 {
				break
			}
		}
		stop()
	}()
	deleted, err := DeletePeople(ctx, d)
	if err == nil || deleted == 0 {
		t.Fatalf("%d, %v", deleted, err)
	}
	dbtest.WantSound(t, d)
	if held, err := HoldsPeople(t.Context(), d); err != nil || !held {
		t.Errorf("stopped half-way: %t, %v", held, err)
	}
	rest, err := DeletePeople(t.Context(), d)
	if err != nil || rest == 0 || number(t, d, "SELECT COUNT(*) FROM accounts") != 2 {
		t.Errorf("%d and %d people, %v", deleted, rest, err)
	}
	dbtest.WantSound(t, d)
}

// TestPeopleOfAnEarlierDemoAreFound runs the migration again on a demo that was
// made before it.
func TestPeopleOfAnEarlierDemoAreFound(t *testing.T) {
	t.Parallel()
	d := filled(t)
	execute(t, d, "DELETE FROM demo_people\n"+strings.TrimSpace(others))
	text, err := os.ReadFile("../../db/migrations/00042_demo_people_rows.sql")
	if err != nil {
		t.Fatal(err)
	}
	statement := strings.TrimPrefix(string(text), "-- +goose Up\n")
	if _, err := d.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if got := number(t, d, "SELECT COUNT(*) FROM demo_people"); got != stylistCount+modelCount {
		t.Errorf("%d people are marked", got)
	}
	execute(t, d, "DELETE FROM demo_people\nUPDATE accounts SET password_hash = 'changed' WHERE email = 'model@freety.example'")
	if _, err := d.ExecContext(t.Context(), statement); err != nil || number(t, d, "SELECT COUNT(*) FROM demo_people") != 0 {
		t.Errorf("people of no demo are marked: %v", err)
	}
}
