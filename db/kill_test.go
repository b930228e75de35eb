package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"

	sq "github.com/Masterminds/squirrel"
)

// patience is far below the server's own limit for a statement.
const patience = 5 * time.Second

// running counts the statements of the test's database that sleep.
func running(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	// Written so that it does not find itself.
	query := "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO LIKE CONCAT('%', 'SLE', 'EP(%')"
	if err := d.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func open(t *testing.T, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func await(t *testing.T, d *db.DB, want int) {
	t.Helper()
	for begin := time.Now(); running(t, d) != want; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatalf("%d statements run, want %d", running(t, d), want)
		}
	}
}

func TestAStatementEndsOnTheServerWithItsContext(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	// They sleep for a column, or they would before any row, where MariaDB forgets the
	// KILL. Some rows of the second are there at once, so that it also ends while it is read.
	const slow, trickles = "SELECT SLEEP(9 + 0 * position) FROM services", "SELECT REPEAT('x', 1000), SLEEP(0.0005) FROM regions a JOIN regions b"
	read := func(ctx context.Context, on db.Queryer, query string) error {
		rows, err := on.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
		}
		return rows.Err()
	}
	for name, run := range map[string]func(context.Context) error{
		"query":                   func(ctx context.Context) error { return read(ctx, d, slow) },
		"query that is read from": func(ctx context.Context) error { return read(ctx, d, trickles) },
		"execution": func(ctx context.Context) error {
			_, err := d.ExecContext(ctx, "UPDATE services SET name = code WHERE SLEEP(9 + 0 * position) = 1")
			return err
		},
		"transaction": func(ctx context.Context) error {
			return d.InTx(ctx, func(tx *db.Tx) error { return read(ctx, tx, slow) })
		},
		"search": func(ctx context.Context) error {
			return read(ctx, d.Searches, "SELECT SLEEP(1.9 + 0 * position) FROM services")
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- run(ctx) }()
		await(t, d, 1)
		cancel()
		await(t, d, 0)
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
		}
	}
}

func TestRequestsThatGoAwayNeverRunMoreStatementsThanThePoolHasConnections(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	d, watch := open(t, dsn), open(t, dsn)
	d.SetMaxOpenConns(3)
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for range 12 {
		clients.Go(func() {
			for ctx.Err() == nil {
				gone, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
				_, _ = d.ExecContext(gone, "DO SLEEP(9)")
				cancel()
			}
		})
	}
	most := 0
	for range 100 {
		most = max(most, running(t, watch))
	}
	stop()
	clients.Wait()
	if most == 0 || most > 3 {
		t.Errorf("%d statements ran at once on 3 connections", most)
	}
}

func TestAKillMeetsNoStatementButItsOwn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.SetMaxOpenConns(2)
	var clients sync.WaitGroup
	for n := range 4 {
		clients.Go(func() {
			for i := range 100 {
				ctx, cancel := t.Context(), func() {}
				if n%2 == 0 {
					// About as long as the statement takes, so that the KILL often comes when it has just ended.
					ctx, cancel = context.WithTimeout(ctx, time.Duration(900+10*(i%20))*time.Microsecond)
				}
				_, err := d.ExecContext(ctx, "DO SLEEP(0.0007)")
				if err != nil && ctx.Err() == nil {
					t.Errorf("a statement that nobody gave up failed: %v", err)
				}
				cancel()
			}
		})
	}
	clients.Wait()
}

// Else who hangs up again and again has the server make connections all the time.
func TestAConnectionOutlivesAStatementThatWasEnded(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	d, watch := open(t, dsn), open(t, dsn)
	d.SetMaxOpenConns(1)
	id := func() (id int64) {
		if err := d.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := id()
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			var n int
			failed <- d.QueryRowContext(ctx, "SELECT COUNT(*) FROM regions a JOIN regions b ON SLEEP(0 * a.position + 0.01) = 0").Scan(&n)
		}()
		await(t, watch, 1)
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if last := id(); last != first {
		t.Errorf("connection %d has become %d", first, last)
	}
}

func TestASearchGetsTwoSeconds(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	long := sq.Select("COUNT(*) AS n").From("regions a").Join("regions b").Join("regions c").Join("regions d ON a.district <> d.province")
	if _, err := db.Get[struct{ N int }](t.Context(), d.Searches, long); !db.IsStatementTimeout(err) || !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	limit, err := db.Get[struct{ Seconds float64 }](t.Context(), d.Searches, sq.Select("@@max_statement_time AS seconds"))
	if err != nil || limit.Seconds != 2 {
		t.Errorf("the limit is %v seconds, %v", limit.Seconds, err)
	}
}
