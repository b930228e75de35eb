// Command server runs Freety: the API and, in the same process, the worker that
// sends its mails.
// Settings come from the environment; see config/example.env.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"freety/config"
	"freety/db"
	"freety/db/mariadb"
	"freety/routes"
	"freety/routes/system"
	"freety/server/clock"
	"freety/server/demo"
	"freety/server/outbox"

	"github.com/go-sql-driver/mysql"
)

func main() {
	os.Exit(start(os.Args[1:], os.Stdout, os.Stderr))
}

// start runs the server as the settings say and returns the exit code.
func start(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		fmt.Fprintln(stderr, "freety takes no arguments; it is set up by environment variables, which config/example.env lists.")
		return 2
	}
	log := newLog(stderr)
	cfg, err := config.Load()
	if err != nil {
		tellFailure(stderr, log, "these settings are wrong, which config/example.env explains", err)
		return 1
	}
	// Otherwise the driver writes its own lines between ours.
	_ = mysql.SetLogger(driverLog{log})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, cfg, stdout, log); err != nil && ctx.Err() == nil {
		tellFailure(stderr, log, "the server has failed", err)
		return 1
	} else if err != nil {
		log.Warn("the server was stopped", "error", db.Describe(err))
	}
	return 0
}

type driverLog struct{ log *slog.Logger }

func (l driverLog) Print(v ...any) { l.log.Warn("database driver", "message", fmt.Sprint(v...)) }

// databaseStopTime is how long the private database may last once the server
// stops, whichever of its parts is waiting for it; with that, a stop takes 25 s at
// most.
const databaseStopTime = 24 * time.Second

var errDatabaseEnded = errors.New("MariaDB has ended; the end of mariadb/error.log in the data folder says why")

// run serves until ctx ends, and then stops in order: it lets the running
// requests finish, then the outbox, and closes the database last. It returns
// early with an error if something that it needs fails.
func run(ctx context.Context, cfg config.Config, stdout io.Writer, log *slog.Logger) (err error) {
	// It listens first, so that an address in use is reported before anything else begins.
	listener, err := listen("FREETY_ADDR", cfg.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	failed := make(chan error, 3)
	metrics, err := serveMetrics(cfg.MetricsAddr, log, failed)
	if err != nil {
		return err
	}
	defer metrics.close()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("FREETY_DATA_DIR: %w; set it to a folder that this user may make and write", err)
	}
	mailer, mailbox, err := openMail(cfg)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}

	dsn, stopDatabase, err := openDatabase(ctx, cfg, log, failed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDatabase()) }()
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return unopened(cfg, err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	if !cfg.Demo {
		if err := refuseDemoPeople(ctx, d); err != nil {
			return err
		}
	}
	metrics.watch(d)
	keys, err := signingKeys(cfg)
	if err != nil {
		return err
	}
	sweepUnfinished(cfg, log)
	url := publicURL(cfg, listener.Addr(), log)
	deps := routes.Deps{
		DB: d, Store: store, Clock: clock.System{}, JWTKeys: keys, PublicURL: url, CORSOrigins: cfg.CORSOrigins, Proxies: cfg.Proxies, Limits: cfg.Limits, Log: log, Observe: metrics.observe,
	}
	passed := false
	if cfg.Demo {
		log.Warn("this is a demo: anybody can sign in as its people, read all mails, move the clock and delete everything")
		moving, err := clock.NewDemo(ctx, d)
		if err != nil {
			return err
		}
		data := demo.New(d, store, log)
		deps.Clock, deps.Demo = moving, &system.Demo{Mails: mailbox, Clock: moving, Data: data, SignIns: demo.SignIns}
		if passed, err = data.Fill(ctx, moving.Now()); err != nil {
			return err
		}
		defer inBackground(ctx, func(ctx context.Context) { moving.Watch(ctx, log) })()
	}

	stopOutbox := inBackground(ctx, outbox.New(d, taskHandlers(d, mailer, store), log).Run)
	defer stopOutbox()
	api := routes.New(deps)
	stopHTTP := serveHTTP(listener, api.Handler(), api.EndStreams, log, failed)
	defer func() { err = errors.Join(err, stopHTTP()) }()
	log.Info("the server listens", "address", listener.Addr().String(), "url", url)
	greet(stdout, url, cfg.Demo, passed)
	select {
	case <-ctx.Done():
		log.Info("the server stops")
		return nil
	case err := <-failed:
		return err
	}
}

// openDatabase returns the DSN of the settings, or that of a private MariaDB
// that it starts.
func openDatabase(ctx context.Context, cfg config.Config, log *slog.Logger, failed chan<- error) (dsn string, stop func() error, err error) {
	if cfg.DatabaseDSN != "" {
		return cfg.DatabaseDSN, func() error { return nil }, nil
	}
	private, err := mariadb.Start(ctx, filepath.Join(cfg.DataDir, "mariadb"), log)
	if err != nil {
		return "", nil, err
	}
	go func() {
		<-private.Done()
		failed <- errDatabaseEnded
	}()
	late, end := context.WithCancel(context.WithoutCancel(ctx))
	begin := sync.OnceFunc(func() { time.AfterFunc(databaseStopTime, end) })
	context.AfterFunc(ctx, begin)
	// Also while requests or the outbox still wait for it: killed, it lets them go.
	context.AfterFunc(late, func() { _ = private.Stop(late) })
	return private.DSN(mariadb.Database), func() error {
		begin()
		return private.Stop(late)
	}, nil
}

var errDemoPeople = errors.New("this database holds people of a demo, whose password anybody knows, but FREETY_DEMO is not true: " +
	"`go run ./tools/audit -demo-people delete` deletes them and keeps everybody else's data, `tools/run --fresh` removes a private database and makes a new demo, " +
	"and FREETY_DEMO=true goes on with this one")

func refuseDemoPeople(ctx context.Context, d *db.DB) error {
	held, err := demo.HoldsPeople(ctx, d)
	if err == nil && held {
		err = errDemoPeople
	}
	return err
}

// inBackground runs work until stop is called, which returns when work has ended.
func inBackground(ctx context.Context, work func(context.Context)) (stop func()) {
	// Not with the server's context: the last requests may leave something in the outbox that must still be sent.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}
