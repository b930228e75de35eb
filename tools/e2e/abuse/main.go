// Command abuse attacks a server of its own and says whether it holds: while
// strangers search or guess passwords as fast as they can, a person who is
// signed in, and one who signs in, must hardly notice.
//
//	go run ./abuse
//
// It seeds a private database, so that nothing else is touched, and ends with 1
// when GET /v1/me or a right login takes more than three times its idle time in
// the median, or /readyz is ever anything but 200. With -tree it attacks the
// server of another checkout.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"freety/db/mariadb"
)

// worst is how many times its idle median a probe may take under attack.
const worst = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "abuse:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	tree := flag.String("tree", "../..", "the checkout whose server is attacked")
	recruitments := flag.Int("recruitments", 50_000, "how many recruitments there are to search")
	lasts := flag.Duration("for", 20*time.Second, "how long each attack lasts, at most a minute")
	only := flag.String("only", "", "the one attack to carry out")
	flag.Parse()
	if *lasts > time.Minute {
		return errors.New("-for is more than a minute")
	}
	dir, err := os.MkdirTemp("", "freety-abuse-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for program, source := range map[string]string{"freety": "./server", "seed": "./tools/seed"} {
		if err := inherit(exec.CommandContext(ctx, "go", "build", "-C", *tree, "-o", filepath.Join(dir, program), source)).Run(); err != nil {
			return fmt.Errorf("build %s: %w", source, err)
		}
	}
	database, err := mariadb.StartTemporary(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Stop(context.WithoutCancel(ctx))) }()
	dsn := database.DSN(mariadb.Database)
	if err := inherit(exec.CommandContext(ctx, filepath.Join(dir, "seed"), "-dsn", dsn, "-recruitments", fmt.Sprint(*recruitments))).Run(); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	server, err := startServer(ctx, filepath.Join(dir, "freety"), dir, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	owner, err := signUp(ctx, server.url)
	if err != nil {
		return err
	}
	return report(ctx, owner, dsn, *lasts, *only)
}

func inherit(cmd *exec.Cmd) *exec.Cmd {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd
}

// report measures each attack, and before it the idle server, since other work on
// the machine comes and goes; and prints a row for each.
func report(ctx context.Context, owner *owner, dsn string, lasts time.Duration, only string) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer func() { _ = table.Flush() }()
	fmt.Fprintln(table, "attack\t/v1/me idle\tattacked\ttimes\tlogin idle\tattacked\ttimes\tfailed\treadyz not 200\tstatements at once\tthe attackers got")
	held := true
	for _, a := range attacks {
		if only != "" && only != a.name {
			continue
		}
		idle, err := measure(ctx, owner, dsn, lasts/2, nil)
		if err != nil {
			return err
		}
		under, err := measure(ctx, owner, dsn, lasts, &a)
		if err != nil {
			return err
		}
		me, logIn := under.me.times(idle.me), under.logIn.times(idle.logIn)
		failed := under.me.failed + under.logIn.failed
		fmt.Fprintf(table, "%s\t%s\t%s\t%.1f\t%s\t%s\t%.1f\t%d\t%d\t%d\t%s\n", a.name, idle.me.median(), under.me.median(), me,
			idle.logIn.median(), under.logIn.median(), logIn, failed, under.ready.failed, under.statements, under.attackers)
		held = held && me <= worst && logIn <= worst && failed+under.ready.failed == 0
	}
	if !held {
		return fmt.Errorf("the server does not hold: more than %d times the idle median, or a request that failed", worst)
	}
	return nil
}
