package db_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"freety"
	"freety/db"
	"freety/db/dbtest"

	sq "github.com/Masterminds/squirrel"
	"github.com/pressly/goose/v3"
)

func openEmpty(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.EmptyDSN(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func provider(t *testing.T, d *db.DB) *goose.Provider {
	t.Helper()
	sub, err := fs.Sub(db.MigrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	migrations, err := goose.NewProvider(goose.DialectMySQL, d.DB, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	return migrations
}

// A start that is killed leaves a migration between two of its statements, or
// between the last one and the row that says it was run.
func TestEveryMigrationRunsAgainOverItsOwnHalf(t *testing.T) {
	t.Parallel()
	d := openEmpty(t)
	migrations := provider(t, d)
	files, err := fs.Glob(db.MigrationFiles, "migrations/*.sql")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d migrations: %v", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(db.MigrationFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		statements := strings.Split(strings.TrimSpace(strings.TrimPrefix(string(text), "-- +goose Up\n")), ";\n")
		for killedAfter := range statements {
			run(t, d, filepath.Base(file), statements[:killedAfter+1])
		}
		if _, err := migrations.UpByOne(t.Context()); err != nil {
			t.Fatalf("%s, started again: %v", file, err)
		}
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := db.Get[struct{ Regions, Services int }](t.Context(), d, sq.Expr("SELECT (SELECT COUNT(*) FROM regions) AS regions, (SELECT COUNT(*) FROM services) AS services"))
	if err != nil || got.Services != 9 || got.Regions < 200 {
		t.Errorf("%+v: %v", got, err)
	}
}

// run runs statements on one connection, since some set variables for the next.
func run(t *testing.T, d *db.DB, file string, statements []string) {
	t.Helper()
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range statements {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %s: %v", file, statement, err)
		}
	}
}

func TestSlotsThatWereEqualAreToldApartWithoutChangingWhatIsShown(t *testing.T) {
	t.Parallel()
	d := openEmpty(t)
	migrations := provider(t, d)
	if _, err := migrations.UpTo(t.Context(), 38); err != nil {
		t.Fatal(err)
	}
	run(t, d, "rows of before", []string{
		"INSERT INTO accounts (id, role, name, birth_date, created_at) VALUES (1, 'stylist', '홍길동', '2000-01-01', NOW())",
		"INSERT INTO stylists (account_id) VALUES (1)",
		"INSERT INTO recruitments (id, stylist_id, title, body, services, fee, gender_wanted, province, district, zone, notice_hours, instant_book, last_slot_at, created_at, updated_at) " +
			"VALUES (1, 1, '', '', 'cut', 0, 'any', '서울특별시', '강남구', 'Asia/Seoul', 0, 0, '2031-01-02', NOW(), NOW())",
		"INSERT INTO slots (id, recruitment_id, starts_at, ends_at, weekday, capacity) VALUES (1, 1, '2031-01-01', '2031-01-03', 3, 1), " +
			"(2, 1, '2031-01-02', '2031-01-03', 4, 1), (3, 1, '2031-01-02', '2031-01-03', 4, 2), (4, 1, '2031-01-02', '2031-01-03', 4, 1), (5, 1, '2031-01-02', '2031-01-04', 4, 1)",
	})
	if _, err := migrations.UpTo(t.Context(), 39); err != nil {
		t.Fatal(err)
	}
	got, err := db.Get[struct{ Starts, Last string }](t.Context(), d, sq.Expr("SELECT (SELECT GROUP_CONCAT(starts_at ORDER BY id) FROM slots) AS starts, (SELECT CAST(last_slot_at AS CHAR) FROM recruitments) AS last"))
	want := "2031-01-01 00:00:00.000000,2031-01-02 00:00:00.000000,2031-01-02 00:00:00.000001,2031-01-02 00:00:00.000002,2031-01-02 00:00:00.000000"
	if err != nil || got.Starts != want || got.Last != "2031-01-02 00:00:00.000002" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = db.Exec(t.Context(), d, sq.Insert("slots").SetMap(map[string]any{"recruitment_id": 1, "starts_at": "2031-01-01", "ends_at": "2031-01-03", "weekday": 3, "capacity": 1}))
	if !db.IsDuplicate(err, "slots_times") {
		t.Errorf("an equal slot: %v", err)
	}
}

func TestAStopAtAnyMomentLeavesADatabaseThatStartsAgain(t *testing.T) {
	t.Parallel()
	for delay := 5 * time.Millisecond; delay < 300*time.Millisecond; delay *= 2 {
		d := openEmpty(t)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(delay, cancel)
		if err := d.Migrate(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("stopped after %s: %v", delay, err)
		}
		cancel()
		if err := d.Migrate(t.Context()); err != nil {
			t.Errorf("started again after a stop at %s: %v", delay, err)
		}
	}
}

func TestATableOfVersionsWithoutItsFirstRowIsMended(t *testing.T) {
	t.Parallel()
	d := openEmpty(t)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"DELETE FROM goose_db_version WHERE version_id = 0", "TRUNCATE TABLE goose_db_version"} {
		if _, err := d.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context()); err != nil {
			t.Errorf("after %s: %v", statement, err)
		}
	}
}

func TestEightServersStartAtOnceOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	dsn := dbtest.EmptyDSN(t)
	var servers sync.WaitGroup
	for range 8 {
		servers.Go(func() {
			d, err := db.Open(t.Context(), dsn)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = d.Close() }()
			if err := d.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	servers.Wait()
}

// migrations are those of this build and some of a later one, by their names.
func migrations(t *testing.T, later map[string]string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range later {
		files[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text + ";\n")}
	}
	present, err := fs.Glob(db.MigrationFiles, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range present {
		text, err := fs.ReadFile(db.MigrationFiles, path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = &fstest.MapFile{Data: text}
	}
	return files
}

// A request of the running release keeps a table for longer than one try of the
// new one's migration, and others come all the time.
func TestAMigrationWaitsItsTurnWhileRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	const hold = 6 * time.Second
	held, migrated := make(chan struct{}), make(chan struct{})
	var requests sync.WaitGroup
	requests.Go(func() {
		err := d.InTx(t.Context(), func(tx *db.Tx) error {
			if _, err := db.Exec(t.Context(), tx, sq.Update("services").Set("position", 0).Where(sq.Eq{"code": "cut"})); err != nil {
				return err
			}
			close(held)
			time.Sleep(hold)
			return nil
		})
		if err != nil {
			t.Errorf("the long request: %v", err)
		}
	})
	<-held
	slowest, answered := time.Duration(0), 0
	requests.Go(func() {
		for {
			select {
			case <-migrated:
				return
			case <-time.After(20 * time.Millisecond):
			}
			began := time.Now()
			if _, err := db.Select[struct{ Code string }](t.Context(), d, sq.Select("code").From("service_catalogue")); err != nil {
				t.Errorf("a short request: %v", err)
			}
			slowest, answered = max(slowest, time.Since(began)), answered+1
		}
	})
	if err := d.MigrateTo(t.Context(), migrations(t, map[string]string{"90000_later.sql": "ALTER TABLE services ADD COLUMN later INT NULL, ALGORITHM = INPLACE, LOCK = NONE"}), freety.ViewsSQL); err != nil {
		t.Errorf("the migration: %v", err)
	}
	close(migrated)
	requests.Wait()
	if _, err := d.ExecContext(t.Context(), "UPDATE services SET later = 1"); err != nil {
		t.Errorf("it did nothing: %v", err)
	}
	if answered < 10 || slowest >= hold-time.Second {
		t.Errorf("%d short requests, the slowest took %s: they waited for the long one", answered, slowest)
	}
}
