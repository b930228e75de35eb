// Command testdb runs a command with an empty private MariaDB: testdb go test ./...
// The command finds it by the environment variable FREETY_TEST_DSN, and its exit code becomes that of testdb.
//
// With -record the server logs every statement, and FREETY_TEST_STATEMENTS names the log for as long as the command
// runs.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"freety/db/dbtest"
	"freety/db/mariadb"

	_ "github.com/go-sql-driver/mysql"
)

func main() {
	recorded := flag.Bool("record", false, "log every statement that the server gets")
	flag.Parse()
	code, err := run(flag.Args(), *recorded)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(command []string, recorded bool) (code int, err error) {
	if len(command) == 0 {
		return 0, errors.New("no command to run")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server, err := mariadb.StartTemporary(ctx, log)
	if err != nil {
		return 0, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, server.Stop(ctx))
	}()

	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), dbtest.Env+"="+server.DSN(""))
	if recorded {
		// On the disk, because the server's own folder may be in memory.
		dir, err := os.MkdirTemp("", "freety-statements-")
		if err != nil {
			return 0, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		path := filepath.Join(dir, "general.log")
		if err := record(ctx, server, path); err != nil {
			return 0, fmt.Errorf("record the statements: %w", err)
		}
		cmd.Env = append(cmd.Env, dbtest.StatementsEnv+"="+path)
	}
	// The command is asked to stop first, so that go test can clean up after itself.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		// A command ended by a signal has no exit code of its own.
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// record makes the server log every statement that it gets.
func record(ctx context.Context, server *mariadb.Server, path string) error {
	pool, err := sql.Open("mysql", server.DSN(""))
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	if _, err := pool.ExecContext(ctx, "SET GLOBAL general_log_file = ?", path); err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "SET GLOBAL general_log = ON")
	return err
}
