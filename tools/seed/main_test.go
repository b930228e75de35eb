package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"

	"freety/db"
	"freety/db/dbtest"

	sq "github.com/Masterminds/squirrel"
)

func noEnv(string) string { return "" }

func open(t *testing.T, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func count(t *testing.T, d *db.DB, from string) int {
	t.Helper()
	found, err := db.Get[struct{ N int }](t.Context(), d, sq.Expr("SELECT COUNT(*) AS n FROM "+from))
	if err != nil {
		t.Fatal(err)
	}
	return found.N
}

func TestRun(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	d := open(t, dsn)
	var out, progress bytes.Buffer
	if err := run(t.Context(), []string{"-recruitments", "2310"}, func(string) string { return dsn }, &out, &progress); err != nil {
		t.Fatal(err)
	}
	dbtest.WantSound(t, d)
	for from, want := range map[string]int{"recruitments": 2310, "stylists": 46, "models": 115, "recruitment_photos": 0} {
		if got := count(t, d, from); got != want {
			t.Errorf("%s: %d, want %d", from, got, want)
		}
	}
	for _, from := range []string{"slots", "favorites", "bookings"} {
		if got := count(t, d, from); got < 500 {
			t.Errorf("%s: %d", from, got)
		}
	}
	if got := out.String(); !strings.HasPrefix(got, "2310 recruitments, 46 stylists, 115 models, ") || !strings.Contains(got, "recruitments/s") {
		t.Errorf("output: %s", got)
	}
	if !strings.Contains(progress.String(), "2310/2310") {
		t.Errorf("progress: %q", progress.String())
	}

	// Again, with the same seed, adds the same content under other emails.
	if err := run(t.Context(), []string{"-recruitments", "2310", "-dsn", dsn}, noEnv, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	dbtest.WantSound(t, d)
	if got := count(t, d, "recruitments"); got != 4620 {
		t.Errorf("%d recruitments after the second run", got)
	}
	if got := count(t, d, "(SELECT DISTINCT title, body, fee FROM recruitments) r"); got > 2310 {
		t.Errorf("%d different recruitments of one seed", got)
	}
}

func TestRunSmall(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	if err := run(t.Context(), []string{"-recruitments", "1", "-dsn", dsn}, noEnv, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	d := open(t, dsn)
	dbtest.WantSound(t, d)
	if got := count(t, d, "recruitments"); got != 1 {
		t.Errorf("%d recruitments", got)
	}
}

// stopper ends a run as soon as it reports progress.
type stopper struct{ stop func() }

func (s stopper) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("1000/")) {
		s.stop()
	}
	return len(p), nil
}

func TestRunStopped(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out bytes.Buffer
	err := run(ctx, []string{"-recruitments", "60000", "-dsn", dsn}, noEnv, &out, stopper{stop})
	if err == nil || !strings.Contains(err.Error(), "of 60000; what is written is complete") {
		t.Errorf("stopped: %v", err)
	}
	d := open(t, dsn)
	dbtest.WantSound(t, d)
	if got := count(t, d, "recruitments"); got == 0 || got == 60_000 || got%batch != 0 {
		t.Errorf("%d recruitments are left of a stopped run", got)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"no database: give -dsn or set FREETY_DATABASE_DSN": {},
		"-recruitments must be at least 1":                  {"-recruitments", "0", "-dsn", "x"},
		"unexpected argument":                               {"-dsn", "x", "more"},
		"the DSN cannot be read":                            {"-dsn", "localhost"},
		"the DSN names no database":                         {"-dsn", "root@tcp(localhost:1)/"},
		"connect to 127.0.0.1:1":                            {"-dsn", "root@tcp(127.0.0.1:1)/freety"},
	} {
		if err := run(t.Context(), args, noEnv, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	var usage bytes.Buffer
	secret := func(string) string { return "root:secret@tcp(localhost:1)/freety" }
	err := run(t.Context(), []string{"-h"}, secret, io.Discard, &usage)
	if !errors.Is(err, flag.ErrHelp) || !strings.Contains(usage.String(), "-recruitments") || strings.Contains(usage.String(), "secret") {
		t.Errorf("-h: %v, %s", err, usage.String())
	}
}
