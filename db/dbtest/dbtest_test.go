package dbtest_test

import (
	"testing"

	"freety/db"
	"freety/db/dbtest"
)

func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	const tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	first, second := dbtest.New(t), dbtest.New(t)
	for _, d := range []*db.DB{first, second} {
		for _, name := range []string{"accounts", "recruitment_cards"} {
			if count(t, d, tables, name) != 1 {
				t.Errorf("%s is missing", name)
			}
		}
	}
	if _, err := first.ExecContext(t.Context(), "CREATE TABLE notes (body TEXT)"); err != nil {
		t.Fatal(err)
	}
	if count(t, second, tables, "notes") != 0 {
		t.Error("two databases share a table")
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	var name string
	t.Run("user", func(t *testing.T) {
		d, err := db.Open(t.Context(), dbtest.DSN(t))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		if err := d.QueryRowContext(t.Context(), "SELECT DATABASE()").Scan(&name); err != nil {
			t.Fatal(err)
		}
	})
	if count(t, dbtest.New(t), "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", name) != 0 {
		t.Errorf("the database %s is still there", name)
	}
}
