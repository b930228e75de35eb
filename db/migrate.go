package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"time"

	"freety"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// The locks that keep several starting servers from changing the schema at
// once. They are rows with a lease, because GET_LOCK works on only one node of a
// cluster.
const (
	migrationLock = 1
	viewLock      = 2
	lockLease     = 10 * time.Second
	lockPoll      = 500 * time.Millisecond
	lockPolls     = 240
)

// A statement that changes the schema waits for the transactions on its table,
// and all later ones wait behind it. So each try is short, and there are many.
const (
	schemaLockWait = 2 * time.Second
	schemaPause    = time.Second
	schemaTries    = 60
)

// Migrate brings the schema to what this build needs: the migrations that are
// missing, then views.sql if its text has changed, unless a newer release has put
// its own views in place. It then selects from every view, so that one
// broken by a table change stops the start with an error that names it. When ctx
// ends, the migration in hand is finished first.
func (d *DB) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	return d.migrateTo(ctx, files, freety.ViewsSQL)
}

func (d *DB) migrateTo(ctx context.Context, migrations fs.FS, views string) (err error) {
	d, err = d.withoutTimeouts(map[string]string{"lock_wait_timeout": fmt.Sprint(int(schemaLockWait.Seconds()))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.runMigrations(ctx, migrations); err != nil {
		return err
	}
	return d.applyViews(ctx, views)
}

// runMigrations runs those that are missing.
func (d *DB) runMigrations(ctx context.Context, files fs.FS) (err error) {
	unlock, err := d.lock(ctx, migrationLock)
	if err != nil {
		return fmt.Errorf("db: lock the migrations: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// goose makes its table and the row of version 0 in two steps, and never
	// starts again on a table without that row.
	for _, statement := range []string{versionTable, zeroVersion} {
		if _, err := d.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("db: migrations: %w", err)
		}
	}
	migrations, err := goose.NewProvider(goose.DialectMySQL, d.DB, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("db: migrations: %w", err)
	}
	for err == nil && ctx.Err() == nil {
		err = patiently(ctx, func() error {
			_, err := migrations.UpByOne(context.WithoutCancel(ctx))
			return err
		})
	}
	if err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
		return fmt.Errorf("db: migrate: %w", err)
	}
	return ctx.Err()
}

const (
	versionTable = `CREATE TABLE IF NOT EXISTS goose_db_version (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  version_id BIGINT          NOT NULL,
  is_applied BOOLEAN         NOT NULL,
  tstamp     TIMESTAMP       NULL DEFAULT CURRENT_TIMESTAMP
)`
	zeroVersion = "INSERT INTO goose_db_version (version_id, is_applied) SELECT 0, TRUE FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM goose_db_version WHERE version_id = 0)"
)

// patiently tries a change of the schema again while others hold its tables.
func patiently(ctx context.Context, change func() error) error {
	for try := 1; ; try++ {
		err := change()
		if err == nil || !isRetryable(err) || try == schemaTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(schemaPause):
		}
	}
}

// WithoutTimeouts returns another pool, for what takes longer than any request
// may, such as altering or reading a whole large table. Close it too.
func (d *DB) WithoutTimeouts() (*DB, error) {
	return d.withoutTimeouts(nil)
}

func (d *DB) withoutTimeouts(params map[string]string) (*DB, error) {
	cfg := d.cfg.Clone()
	cfg.ReadTimeout = 0
	cfg.WriteTimeout = 0
	delete(cfg.Params, "max_statement_time")
	delete(cfg.Params, "max_execution_time")
	maps.Copy(cfg.Params, params)
	pool, err := connect(cfg)
	if err != nil {
		return nil, err
	}
	return &DB{DB: pool, cfg: cfg}, nil
}

// lock takes one of the locks. Only the wait for it ends with ctx: its holder
// keeps it until unlock.
func (d *DB) lock(ctx context.Context, id int64) (unlock func() error, err error) {
	locker, err := lock.NewMySQLTableLocker(lock.WithTableLockID(id), lock.WithTableLeaseDuration(lockLease), lock.WithTableHeartbeatInterval(lockLease/4),
		lock.WithTableLockTimeout(lockPoll, lockPolls))
	if err != nil {
		return nil, err
	}
	held, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopWaiting := context.AfterFunc(ctx, cancel)
	if err := locker.Lock(held, d.DB); err != nil {
		cancel()
		return nil, err
	}
	unlock = func() error {
		defer cancel()
		return locker.Unlock(context.WithoutCancel(ctx), d.DB)
	}
	if !stopWaiting() {
		return nil, errors.Join(context.Cause(ctx), unlock())
	}
	return unlock, nil
}
