// Package dbtest gives a test a migrated database of its own.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"freety/db"
	"freety/db/mariadb"

	"github.com/go-sql-driver/mysql"
)

// Env is the environment variable with the DSN, without a database, of the server to use. Without it, the first test
// of a process starts a private MariaDB that ends with the process.
const Env = "FREETY_TEST_DSN"

// StatementsEnv is the environment variable with the path of MariaDB's general log of the run so far, where
// tools/testdb was asked for one.
const StatementsEnv = "FREETY_TEST_STATEMENTS"

// New is a freshly migrated database, closed and dropped when the test ends.
func New(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// DSN names a freshly migrated database, dropped when the test ends.
func DSN(t testing.TB) string {
	t.Helper()
	dsn := EmptyDSN(t)
	// Migrating takes some 40 ms, less than it would take to keep a template right.
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// EmptyDSN names a database without tables, dropped when the test ends.
func EmptyDSN(t testing.TB) string {
	t.Helper()
	admin, err := server()
	if err != nil {
		t.Fatalf("no database for tests: %v", err)
	}
	config := admin.Clone()
	config.DBName = "test_" + strings.ToLower(rand.Text())
	execute := func(ctx context.Context, statement string) {
		t.Helper()
		if err := execute(ctx, admin, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	execute(t.Context(), "CREATE DATABASE "+config.DBName+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci")
	// The test's own context has ended by then.
	t.Cleanup(func() { execute(context.Background(), "DROP DATABASE "+config.DBName) })
	return config.FormatDSN()
}

// server is where the databases are made, one for the whole process.
var server = sync.OnceValues(func() (*mysql.Config, error) {
	dsn := os.Getenv(Env)
	if dsn == "" {
		private, err := mariadb.StartTemporary(context.Background(), slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, err
		}
		dsn = private.DSN("")
	}
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Env, err)
	}
	return config, nil
})

// execute runs one statement on a connection of its own, so that none stays open when the last test has ended.
func execute(ctx context.Context, config *mysql.Config, statement string) error {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connector)
	defer func() { _ = pool.Close() }()
	_, err = pool.ExecContext(ctx, statement)
	return err
}
