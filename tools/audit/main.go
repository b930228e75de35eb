// Command audit lists what disagrees in a database, such as counts that differ
// from what they count:
//
//	go run ./tools/audit -dsn 'user:password@tcp(127.0.0.1:3306)/freety'
//
// Without a DSN it looks into the private database of the data folder, on which
// no server may run meanwhile. It changes nothing but what is asked for: with
// -demo-people delete it first deletes the people of the demo and all that is
// theirs. It exits with 0 if everything agrees, with 1 if something does not, and
// with 2 if it could not look.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"freety/db"
	"freety/db/audit"
	"freety/db/mariadb"
	"freety/server/demo"

	"github.com/joho/godotenv"
	"github.com/schollz/progressbar/v3"
)

const (
	dsnVariable  = "FREETY_DATABASE_DSN"
	dataVariable = "FREETY_DATA_DIR"
)

func main() {
	// Like the server, which refuses the same file if it cannot be read.
	_ = godotenv.Load()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sound, err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(2)
	case !sound:
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out, progress io.Writer) (sound bool, err error) {
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(progress)
	// The variable is not the flag's default, because the usage would print its password.
	dsn := flags.String("dsn", "", "the database, user:password@tcp(host:3306)/freety; default: "+dsnVariable+", or the private database in "+dataVariable)
	demoPeople := flags.String("demo-people", "", "delete: delete the people of the demo first, and everything that is theirs; others' data stays")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if *dsn == "" {
		*dsn = getenv(dsnVariable)
	}
	switch {
	case flags.NArg() > 0:
		return false, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *demoPeople != "" && *demoPeople != "delete":
		return false, errors.New("-demo-people can only be delete")
	case *dsn == "":
		private, err := startPrivate(ctx, getenv(dataVariable), progress)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, private.Stop(context.WithoutCancel(ctx))) }()
		*dsn = private.DSN(mariadb.Database)
	}
	d, err := db.Open(ctx, *dsn)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	patient, err := d.WithoutTimeouts()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, patient.Close()) }()
	if *demoPeople != "" {
		deleted, err := demo.DeletePeople(ctx, patient)
		if err != nil {
			return false, err
		}
		fmt.Fprintf(out, "%d people of the demo are deleted\n", deleted)
	}
	bar := progressbar.NewOptions(len(audit.Rules), progressbar.OptionSetWriter(progress), progressbar.OptionSetDescription("Auditing"), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	var faults []string
	for _, rule := range audit.Rules {
		found, err := rule.Faults(ctx, patient)
		if err != nil {
			return false, err
		}
		faults = append(faults, found...)
		_ = bar.Add(1)
	}
	for _, fault := range faults {
		fmt.Fprintln(out, fault)
	}
	if len(faults) > 0 {
		fmt.Fprintf(out, "%d disagreements\n", len(faults))
		return false, nil
	}
	fmt.Fprintf(out, "All agrees: %d rules hold\n", len(audit.Rules))
	return true, nil
}

// startPrivate runs the private database that is in a data folder.
func startPrivate(ctx context.Context, dir string, log io.Writer) (*mariadb.Server, error) {
	if dir == "" {
		dir = "data"
	}
	home := filepath.Join(dir, "mariadb")
	if _, err := os.Stat(filepath.Join(home, "data")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no database: there is none in %s; give -dsn or set %s to user:password@tcp(host:3306)/freety", dir, dsnVariable)
	}
	private, err := mariadb.Start(ctx, home, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, fmt.Errorf("%w; the DSN of the private database of a running server is root@unix(SOCKET)/freety, with the socket that the server logs at its start", err)
	}
	return private, nil
}
