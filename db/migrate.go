package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
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

// Migrate brings the schema to what this build needs: the migrations that are
// missing, then views.sql if its text has changed. It then selects from
// every view, so that one broken by a table change stops the start with an
// error that names it. When ctx ends, the migration in hand is finished first.
func (d *DB) Migrate(ctx context.Context) (err error) {
	d, err = d.WithoutTimeouts()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	newer, err := d.runMigrations(ctx)
	// A newer release uses this database, so its views stay.
	if err != nil || newer {
		return err
	}
	if err := d.applyViews(ctx, freety.ViewsSQL); err != nil {
		return err
	}
	return d.checkViews(ctx, freety.ViewsSQL)
}

// runMigrations runs those that are missing, and reports whether the database
// has some that this build does not know.
func (d *DB) runMigrations(ctx context.Context) (newer bool, err error) {
	unlock, err := d.lock(ctx, migrationLock)
	if err != nil {
		return false, fmt.Errorf("db: lock the migrations: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// goose makes its table and the row of version 0 in two steps, and never
	// starts again on a table without that row.
	for _, statement := range []string{versionTable, zeroVersion} {
		if _, err := d.ExecContext(ctx, statement); err != nil {
			return false, fmt.Errorf("db: migrations: %w", err)
		}
	}
	migrations, err := newProvider(d.DB)
	if err != nil {
		return false, err
	}
	for err == nil && ctx.Err() == nil {
		_, err = migrations.UpByOne(context.WithoutCancel(ctx))
	}
	if err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
		return false, fmt.Errorf("db: migrate: %w", err)
	}
	current, newest, err := migrations.GetVersions(ctx)
	if err != nil {
		return false, fmt.Errorf("db: migrate: %w", err)
	}
	return current > newest, nil
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

func newProvider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectMySQL, pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("db: migrations: %w", err)
	}
	return provider, nil
}

// WithoutTimeouts returns another pool, for what takes longer than any request
// may, such as altering or reading a whole large table. Close it too.
func (d *DB) WithoutTimeouts() (*DB, error) {
	cfg := d.cfg.Clone()
	cfg.ReadTimeout = 0
	cfg.WriteTimeout = 0
	delete(cfg.Params, "max_statement_time")
	delete(cfg.Params, "max_execution_time")
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

func (d *DB) applyViews(ctx context.Context, views string) (err error) {
	sum := sha256.Sum256([]byte(views))
	hash := hex.EncodeToString(sum[:])
	if current, err := d.viewsHash(ctx); err != nil || current == hash {
		return err
	}
	unlock, err := d.lock(ctx, viewLock)
	if err != nil {
		return fmt.Errorf("db: lock the views: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if current, err := d.viewsHash(ctx); err != nil || current == hash {
		return err
	}
	for statement := range strings.SplitSeq(views, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := d.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("db: views.sql: %s: %w", firstLine(statement), err)
		}
	}
	_, err = d.ExecContext(ctx, "INSERT INTO view_versions (id, hash) VALUES (1, ?) ON DUPLICATE KEY UPDATE hash = VALUES(hash)", hash)
	return err
}

func (d *DB) viewsHash(ctx context.Context) (string, error) {
	var hash string
	err := d.QueryRowContext(ctx, "SELECT hash FROM view_versions WHERE id = 1").Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return hash, err
}

var viewName = regexp.MustCompile(`(?i)\bVIEW\s+(\w+)\s+AS\b`)

func (d *DB) checkViews(ctx context.Context, views string) error {
	for _, match := range viewName.FindAllStringSubmatch(views, -1) {
		rows, err := d.QueryContext(ctx, "SELECT * FROM `"+match[1]+"` LIMIT 0")
		if err == nil {
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err != nil {
			return fmt.Errorf("db: the view %s of views.sql no longer fits its tables: %w", match[1], err)
		}
	}
	return nil
}

func firstLine(statement string) string {
	for line := range strings.SplitSeq(statement, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			return line
		}
	}
	return ""
}
