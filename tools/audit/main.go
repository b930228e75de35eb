// Command audit lists what disagrees in a database, such as counts that differ
// from what they count:
//
//	go run ./tools/audit -dsn 'user:password@tcp(127.0.0.1:3306)/freety'
//
// It changes nothing. It exits with 0 if everything agrees, with 1 if something
// does not, and with 2 if it could not look.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"freety/db"
	"freety/db/audit"

	"github.com/schollz/progressbar/v3"
)

const dsnVariable = "FREETY_DATABASE_DSN"

func main() {
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
	dsn := flags.String("dsn", "", "the database, user:password@tcp(host:3306)/freety; default: "+dsnVariable)
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if *dsn == "" {
		*dsn = getenv(dsnVariable)
	}
	switch {
	case flags.NArg() > 0:
		return false, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *dsn == "":
		return false, errors.New("no database: give -dsn or set " + dsnVariable + " to user:password@tcp(host:3306)/freety; " +
			"for the private database of a running server it is root@unix(SOCKET)/freety, with the socket that the server logs at its start")
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
