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
// error that names it.
func (d *DB) Migrate(ctx context.Context) (err error) {
	d, err = d.WithoutTimeouts()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	locker, err := tableLocker(migrationLock)
	if err != nil {
		return err
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectMySQL, d.DB, files, goose.WithLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("db: migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	// A newer release uses this database, so its views stay.
	if current > newest {
		return nil
	}
	if err := d.applyViews(ctx, freety.ViewsSQL); err != nil {
		return err
	}
	return d.checkViews(ctx, freety.ViewsSQL)
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

func tableLocker(id int64) (lock.Locker, error) {
	return lock.NewMySQLTableLocker(lock.WithTableLockID(id), lock.WithTableLeaseDuration(lockLease), lock.WithTableHeartbeatInterval(lockLease/4),
		lock.WithTableLockTimeout(lockPoll, lockPolls))
}

func (d *DB) applyViews(ctx context.Context, views string) (err error) {
	sum := sha256.Sum256([]byte(views))
	hash := hex.EncodeToString(sum[:])
	if current, err := d.viewsHash(ctx); err != nil || current == hash {
		return err
	}
	locker, err := tableLocker(viewLock)
	if err != nil {
		return err
	}
	if err := locker.Lock(ctx, d.DB); err != nil {
		return fmt.Errorf("db: lock the views: %w", err)
	}
	defer func() { err = errors.Join(err, locker.Unlock(context.WithoutCancel(ctx), d.DB)) }()
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
