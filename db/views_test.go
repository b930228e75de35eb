package db_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"freety"
	"freety/db"
	"freety/db/dbtest"

	sq "github.com/Masterminds/squirrel"
)

func TestAViewThatNoLongerFitsStopsTheStart(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if _, err := d.ExecContext(t.Context(), "ALTER TABLE services DROP COLUMN name_en"); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "service_catalogue") {
		t.Errorf("want an error that names the view service_catalogue, got: %v", err)
	}
}

func TestEveryViewIsMergedIntoItsQuery(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	views, err := db.Select[struct{ Name string }](t.Context(), d, sq.Select("TABLE_NAME AS name").From("information_schema.VIEWS").Where("TABLE_SCHEMA = DATABASE()"))
	if err != nil {
		t.Fatal(err)
	}
	if len(views) < 12 {
		t.Errorf("%d views only", len(views))
	}
	for _, view := range views {
		rows, err := d.QueryContext(t.Context(), "EXPLAIN SELECT * FROM "+view.Name)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			names, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			columns := make([]any, len(names))
			var kind, table string
			for i, name := range names {
				columns[i] = new(any)
				switch name {
				case "select_type":
					columns[i] = &kind
				case "table":
					columns[i] = &table
				}
			}
			if err := rows.Scan(columns...); err != nil {
				t.Fatal(err)
			}
			if kind == "DERIVED" || strings.HasPrefix(table, "<derived") {
				t.Errorf("%s makes a temporary table", view.Name)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// renumbered is this build's views.sql with another number and some of its text replaced.
func renumbered(t *testing.T, number int, oldnew ...string) string {
	t.Helper()
	v, err := db.ParseViews(freety.ViewsSQL)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(append(oldnew, fmt.Sprintf("-- Number %d\n", v.Number), fmt.Sprintf("-- Number %d\n", number))...).Replace(freety.ViewsSQL)
	if text == freety.ViewsSQL {
		t.Fatal("the text was not changed")
	}
	return text
}

const later = 1_000_000

// shows reports whether the view service_catalogue has that column.
func shows(t *testing.T, d *db.DB, column string) bool {
	t.Helper()
	rows, err := d.QueryContext(t.Context(), "SELECT * FROM service_catalogue LIMIT 0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(columns, column)
}

func TestAReleaseOfWhichAViewFailsReplacesNone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	broken := renumbered(t, later, "SELECT s.code, ", "SELECT 1 AS added, s.code, ", "FROM regions r\n", "FROM nothing r\n")
	for range 2 {
		if err := d.MigrateTo(t.Context(), migrations(t, nil), broken); err == nil || !strings.Contains(err.Error(), "region_districts") {
			t.Errorf("want an error that names the view region_districts, got: %v", err)
		}
		if shows(t, d, "added") {
			t.Fatal("a view before the broken one was replaced")
		}
	}
	// The release that runs starts again.
	if err := d.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	// The mended release leaves nothing behind of the trial.
	if err := d.MigrateTo(t.Context(), migrations(t, nil), renumbered(t, later, "SELECT s.code, ", "SELECT 1 AS added, s.code, ")); err != nil || !shows(t, d, "added") {
		t.Errorf("the mended release: %v", err)
	}
	if _, err := d.ExecContext(t.Context(), "SELECT * FROM view_on_trial LIMIT 0"); err == nil {
		t.Error("the view on trial is still there")
	}
}

func TestAServerThatStartsAgainNeverPutsOlderViewsOverNewerOnes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	newer := renumbered(t, later, "SELECT s.code, ", "SELECT 1 AS added, s.code, ")
	for round := range 2 {
		if err := d.MigrateTo(t.Context(), migrations(t, nil), newer); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context()); err != nil || !shows(t, d, "added") {
			t.Errorf("round %d: the newer views are gone: %v", round, err)
		}
	}
}

// A release was killed in the midst of its views, and one goes back to the other.
func TestTheReleaseBeforeHealsViewsThatWereReplacedByHalf(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if err := d.MigrateTo(t.Context(), migrations(t, nil), renumbered(t, later, "SELECT s.code, ", "SELECT 1 AS added, s.code, ")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ExecContext(t.Context(), "UPDATE view_versions SET number = 0, hash = ''"); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err != nil || shows(t, d, "added") {
		t.Errorf("the views are still the other release's: %v", err)
	}
}

var update = flag.Bool("update", false, "write down the number and hash of views.sql")

func TestChangedViewsHaveAHigherNumber(t *testing.T) {
	const path = "testdata/views"
	v, err := db.ParseViews(freety.ViewsSQL)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var pinned db.Views
	if _, err := fmt.Sscan(string(text), &pinned.Number, &pinned.Hash); err != nil {
		t.Fatal(err)
	}
	switch {
	case v.Hash == pinned.Hash:
	case v.Number <= pinned.Number:
		t.Errorf("views.sql was changed: raise its number to %d, then run go test ./db -update", pinned.Number+1)
	case !*update:
		t.Error("views.sql was changed: run go test ./db -update")
	default:
		if err := os.WriteFile(path, fmt.Appendf(nil, "%d %s\n", v.Number, v.Hash), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestViewsWithoutANumberAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-- Number\n", "-- Number 99999999999999999999\n"} {
		if _, err := db.ParseViews(text); err == nil {
			t.Errorf("%q has been taken", text)
		}
	}
}
