package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"freety/db"
	"freety/db/audit"
	"freety/db/dbtest"
	"freety/db/mariadb"
	"freety/server/demo"
	"freety/server/photostore"
)

// seeded is a sound database, and its DSN.
func seeded(t *testing.T) (*db.DB, string) {
	t.Helper()
	dsn := dbtest.DSN(t)
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	data := demo.Generate(demo.Plan{
		Stylists: 10, Models: 40, Recruitments: 60, Now: time.Date(2026, 3, 11, 4, 30, 0, 0, time.UTC), Pictures: demo.Pictures(),
		Email: func(role string, n int) string { return fmt.Sprintf("%s-%d@freety.example", role, n) },
	})
	if err := d.InTx(t.Context(), func(tx *db.Tx) error { return data.Insert(t.Context(), tx, "") }); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"INSERT INTO sessions (id, account_id, user_agent, created_at, last_used_at, expires_at) VALUES (1, 1, '', UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 DAY)",
		"INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES (REPEAT('t', 32), 1, UTC_TIMESTAMP())",
		"INSERT INTO idempotency_keys (account_id, route, claim, body_hash, resource_id, created_at) VALUES (1, 'POST /', 'key', REPEAT('h', 32), 1, UTC_TIMESTAMP())",
	} {
		if _, err := d.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	dbtest.WantSound(t, d)
	return d, dsn
}

// faults are what breaks each rule, each by itself.
var faults = map[string][]string{
	"account %d: is a %s, but has the profile of a %s": {
		"INSERT INTO models (account_id, hair_history, districts) SELECT account_id, '[]', '[]' FROM stylists LIMIT 1",
		"INSERT INTO accounts (role, name, birth_date, created_at) VALUES ('model', '', '2000-01-01', NOW())",
		"INSERT INTO accounts (role, name, birth_date, created_at) VALUES ('stylist', '', '2000-01-01', NOW())",
		"UPDATE accounts SET role = 'admin' LIMIT 1",
	},
	"session %d: has %s unused refresh tokens instead of %s": {
		"DELETE FROM refresh_tokens", "UPDATE refresh_tokens SET used_at = UTC_TIMESTAMP()",
		"INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES (REPEAT('u', 32), 1, UTC_TIMESTAMP())",
	},
	"account %d: an Idempotency-Key of %s names resource %s, which does not exist": {"UPDATE idempotency_keys SET resource_id = 0"},
	"recruitment %d: services is %s, but recruitment_services holds %s": {
		"UPDATE recruitments SET services = 'extension,other' LIMIT 1", "DELETE FROM recruitment_services LIMIT 1",
	},
	"recruitment %d: the public point is %s, but the exact one is %s": {
		"UPDATE recruitments SET public_lat = lat + 0.0001 LIMIT 1", "UPDATE recruitments SET public_lng = public_lng + 0.004 LIMIT 1",
	},
	"recruitment %d: photo_count is %s, but it has %s photos": {
		"UPDATE recruitments SET photo_count = photo_count + 1 WHERE photo_count > 0 LIMIT 1", "DELETE FROM recruitment_photos WHERE position > 1 LIMIT 1",
	},
	"recruitment %d: the cover is photo %s, but the first one is %s": {
		"UPDATE recruitments r JOIN recruitment_photos p ON p.recruitment_id = r.id AND p.position = 2 SET r.cover_photo_id = p.photo_id",
		"UPDATE recruitments SET cover_photo_id = NULL, photo_count = 0 WHERE photo_count > 0",
	},
	"photo %d: belongs to account %s, but is shown by a recruitment of %s": {"UPDATE photos SET owner_id = owner_id + 1 WHERE id IN (SELECT photo_id FROM recruitment_photos) LIMIT 1"},
	"recruitment %d: favorite_count is %s, but %s models keep it":          {"DELETE FROM favorites LIMIT 1", "UPDATE recruitments SET favorite_count = favorite_count + 1 LIMIT 1"},
	"recruitment %d: booking_count is %s, but there are %s bookings": {
		"UPDATE recruitments SET booking_count = booking_count - 1 WHERE booking_count > 0 LIMIT 1", "UPDATE recruitments SET booking_count = booking_count + 1 LIMIT 1",
	},
	"recruitment %d: last_slot_at is %s, but the last slot starts at %s": {
		"UPDATE recruitments SET last_slot_at = NULL WHERE last_slot_at IS NOT NULL LIMIT 1", "UPDATE recruitments SET last_slot_at = last_slot_at + INTERVAL 1 HOUR WHERE last_slot_at IS NOT NULL LIMIT 1",
	},
	"slot %d: weekday is %s, but it starts on %s": {
		"UPDATE slots SET weekday = (weekday + 1) % 7 LIMIT 1", "UPDATE recruitments SET zone = 'America/Los_Angeles'", "UPDATE recruitments SET zone = 'Mars/Olympus'",
	},
	"slot %d: taken is %s, but %s bookings hold a seat": {
		"UPDATE slots SET taken = taken + 1 WHERE taken < capacity LIMIT 1", "UPDATE slots SET taken = taken - 1 WHERE taken > 0 LIMIT 1",
	},
	"booking %d: is for slot and stylist %s, which its recruitment has as %s": {
		"UPDATE bookings SET stylist_id = stylist_id + 1 LIMIT 1", "UPDATE bookings b JOIN slots s ON s.recruitment_id <> b.recruitment_id SET b.slot_id = s.id",
	},
	"booking %d: is %s, but its last event made it %s": {
		"DELETE FROM booking_events WHERE booking_id = (SELECT MIN(id) FROM bookings)", "DELETE FROM booking_events WHERE state = 'confirmed'",
	},
	"booking %d: agreed is %s, which does not have all of %s": {
		"UPDATE bookings SET agreed = JSON_REMOVE(agreed, '$.venue.zone') LIMIT 1", "UPDATE bookings SET agreed = JSON_REMOVE(agreed, '$.services[0]', '$.services[0]') LIMIT 1",
	},
	"model %d: has slot %s in %s live bookings": {
		"INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) " +
			"SELECT (SELECT MIN(id) FROM recruitments), slot_id, stylist_id, model_id, 'applied', agreed, created_at, updated_at FROM bookings WHERE state = 'applied' ORDER BY recruitment_id DESC LIMIT 1",
	},
	"booking %d: overlaps booking %s of its model %s":                    {"UPDATE slots SET starts_at = '2026-01-01', ends_at = '2027-01-01' + INTERVAL id SECOND"},
	"booking %d: overlaps booking %s, in another slot of its stylist %s": {"UPDATE slots SET starts_at = '2026-01-01', ends_at = '2027-01-01' + INTERVAL id SECOND"},
}

// TestEachRuleFindsWhatBreaksIt breaks one rule after the other and mends it
// again. A rule that nothing breaks fails.
func TestEachRuleFindsWhatBreaksIt(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	undo := errors.New("undone")
	for _, rule := range audit.Rules {
		if len(faults[rule.Says]) == 0 {
			t.Errorf("nothing shows that this would be found: %s", rule.Says)
		}
		for _, fault := range faults[rule.Says] {
			err := d.InTx(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.ExecContext(t.Context(), fault); err != nil {
					return fmt.Errorf("%s: %w", fault, err)
				}
				found, err := rule.Faults(t.Context(), tx)
				if err != nil {
					return err
				}
				if len(found) == 0 {
					t.Errorf("not found: %s", fault)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Error(err)
			}
		}
	}
	if len(faults) != len(audit.Rules) {
		t.Errorf("faults for %d rules, of which there are %d", len(faults), len(audit.Rules))
	}
}

func noEnv(string) string { return "" }

func TestRunListsWhatDisagrees(t *testing.T) {
	t.Parallel()
	d, dsn := seeded(t)
	var out bytes.Buffer
	sound, err := run(t.Context(), nil, func(string) string { return dsn }, &out, io.Discard)
	if want := fmt.Sprintf("All agrees: %d rules hold\n", len(audit.Rules)); err != nil || !sound || out.String() != want {
		t.Errorf("%t, %v: %s", sound, err, out.String())
	}
	if _, err := d.ExecContext(t.Context(), "UPDATE slots SET taken = capacity - taken, weekday = (weekday + 1) % 7 WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	sound, err = run(t.Context(), []string{"-dsn", dsn}, noEnv, &out, io.Discard)
	if text := out.String(); err != nil || sound || !strings.HasPrefix(text, "slot 1: weekday is ") || !strings.Contains(text, "\nslot 1: taken is ") || !strings.HasSuffix(text, "\n2 disagreements\n") {
		t.Errorf("%t, %v: %s", sound, err, text)
	}
}

// TestRunDeletesTheDemosPeople does so in the private database that a server has
// left, and in one that a server runs on.
func TestRunDeletesTheDemosPeople(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	private, err := mariadb.Start(t.Context(), filepath.Join(dir, "mariadb"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), private.DSN(mariadb.Database))
	if err != nil {
		t.Fatal(err)
	}
	store, err := photostore.NewDisk(filepath.Join(dir, "photos"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.New(d, store, quiet).Fill(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string { return map[string]string{"FREETY_DATA_DIR": dir}[name] }
	args := []string{"-demo-people", "delete"}
	if _, err := run(t.Context(), args, env, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "root@unix(SOCKET)") {
		t.Errorf("beside a server: %v", err)
	}
	if err := errors.Join(d.Close(), private.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"260 people of the demo are deleted\nAll agrees: ", "0 people of the demo are deleted\nAll agrees: "} {
		var out bytes.Buffer
		if sound, err := run(t.Context(), args, env, &out, io.Discard); err != nil || !sound || !strings.HasPrefix(out.String(), want) {
			t.Errorf("%t, %v: %s", sound, err, out.String())
		}
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"no database: there is none in data; give -dsn or set FREETY_DATABASE_DSN": {},
		"-demo-people can only be delete":                                          {"-dsn", "x", "-demo-people", "x"},
		"unexpected argument":                                                      {"-dsn", "x", "more"},
		"the DSN cannot be read":                                                   {"-dsn", "localhost"},
		"connect to 127.0.0.1:1":                                                   {"-dsn", "root@tcp(127.0.0.1:1)/freety"},
	} {
		if sound, err := run(t.Context(), args, noEnv, io.Discard, io.Discard); err == nil || sound || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %t, %v, want %q", args, sound, err, want)
		}
	}
	var usage bytes.Buffer
	secret := func(string) string { return "root:secret@tcp(localhost:1)/freety" }
	if _, err := run(t.Context(), []string{"-h"}, secret, io.Discard, &usage); !errors.Is(err, flag.ErrHelp) || !strings.Contains(usage.String(), "-dsn") || strings.Contains(usage.String(), "secret") {
		t.Errorf("-h: %v, %s", err, usage.String())
	}
}
