// Package db opens the database, runs transactions on it, keeps its schema
// current and turns its errors into a few that callers can act on. The SQL is
// the common part of MySQL 8 and MariaDB 10.11.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	sq "github.com/Masterminds/squirrel"
	"github.com/go-sql-driver/mysql"
)

const (
	maxConnections     = 32
	connectionLifetime = 5 * time.Minute
	connectionIdleTime = time.Minute
	statementTimeout   = 10 * time.Second
	searchTimeout      = 2 * time.Second
	lockWaitTimeout    = 5 * time.Second
)

// DB is one pool of connections to a Freety database. A statement ends on the
// server, too, when its context does.
type DB struct {
	*sql.DB
	// Searches is a pool apart for what strangers make expensive, so that nobody
	// else waits behind it: one connection for each core of this machine, which
	// is the database's too where that is private, and two seconds for a
	// statement. It is nil in all but what Open returns.
	Searches *DB

	cfg *mysql.Config
}

// Close closes all connections.
func (d *DB) Close() error {
	if d.Searches == nil {
		return d.DB.Close()
	}
	return errors.Join(d.DB.Close(), d.Searches.Close())
}

// Queryer runs statements: a DB, or the Tx inside a transaction.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Open connects to the database that dsn (go-sql-driver form) names. The DSN
// gives address, credentials, database, and how to sign in (TLS, passwords);
// how the session behaves is set here, so that no deployment can differ in it:
// UTC, utf8mb4, strict mode, READ COMMITTED, matched instead of changed rows, a
// time-out for statements.
func Open(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := configFor(dsn)
	if err != nil {
		return nil, err
	}
	known, err := knownVariables(ctx, cfg)
	if err != nil {
		return nil, err
	}
	d, err := openPool(cfg, known, maxConnections, statementTimeout)
	if err != nil {
		return nil, err
	}
	if err := d.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("db: %w", err), d.Close())
	}
	d.Searches, err = openPool(cfg, known, max(1, runtime.NumCPU()/2), searchTimeout)
	return d, err
}

func openPool(cfg *mysql.Config, known map[string]bool, connections int, timeout time.Duration) (*DB, error) {
	cfg = cfg.Clone()
	cfg.Params = sessionVariables(known, timeout)
	pool, err := connect(cfg)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxLifetime(connectionLifetime)
	pool.SetConnMaxIdleTime(connectionIdleTime)
	return &DB{DB: pool, cfg: cfg}, nil
}

// configFor is what a connection by dsn does; the session's variables depend on the server and are not in it yet.
func configFor(dsn string) (*mysql.Config, error) {
	given, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, errors.New("db: the DSN cannot be read")
	}
	if given.DBName == "" {
		return nil, errors.New("db: the DSN names no database")
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = given.User, given.Passwd, given.Net, given.Addr, given.DBName
	cfg.TLS, cfg.TLSConfig, cfg.AllowFallbackToPlaintext = given.TLS, given.TLSConfig, given.AllowFallbackToPlaintext
	cfg.ServerPubKey = given.ServerPubKey
	cfg.AllowCleartextPasswords = given.AllowCleartextPasswords
	cfg.AllowNativePasswords = given.AllowNativePasswords
	cfg.AllowOldPasswords = given.AllowOldPasswords
	// A writer that has become a reader is left at once, not when its connections are old.
	cfg.RejectReadOnly = true
	// Prepared, run and closed, a statement can lose the error by which a cluster
	// ends its transaction, and those after it would commit by themselves.
	cfg.InterpolateParams = true
	cfg.ClientFoundRows = true
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.Collation = "utf8mb4_unicode_520_ci"
	cfg.Timeout = 5 * time.Second
	cfg.ReadTimeout = 2 * statementTimeout
	cfg.WriteTimeout = 2 * statementTimeout
	return cfg, nil
}

func connect(cfg *mysql.Config) (*sql.DB, error) {
	connector, err := newKiller(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// knownVariables returns those of someVariables that the server has.
func knownVariables(ctx context.Context, cfg *mysql.Config) (known map[string]bool, err error) {
	pool, err := connect(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	found, err := Select[struct {
		Name  string `db:"Variable_name"`
		Value string `db:"Value"`
	}](ctx, pool, sq.Expr("SHOW VARIABLES WHERE ?", sq.Eq{"Variable_name": slices.Sorted(maps.Keys(someVariables(0)))}))
	if err != nil {
		return nil, fmt.Errorf("db: connect to %s: %w", cfg.Addr, err)
	}
	known = map[string]bool{}
	for _, variable := range found {
		known[variable.Name] = true
	}
	return known, nil
}

// sessionVariables are what every session sets.
func sessionVariables(known map[string]bool, timeout time.Duration) map[string]string {
	vars := someVariables(timeout)
	maps.DeleteFunc(vars, func(name, _ string) bool { return !known[name] })
	maps.Copy(vars, map[string]string{
		"time_zone":                "'+00:00'",
		"sql_mode":                 "'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		"innodb_lock_wait_timeout": fmt.Sprint(int(lockWaitTimeout.Seconds())),
	})
	return vars
}

// someVariables are those that only some servers have: MySQL and MariaDB name
// the same thing differently, and only what is built for a cluster has the last.
func someVariables(timeout time.Duration) map[string]string {
	return map[string]string{
		"transaction_isolation": "'READ-COMMITTED'",
		"tx_isolation":          "'READ-COMMITTED'",
		"max_execution_time":    fmt.Sprint(timeout.Milliseconds()),
		"max_statement_time":    fmt.Sprint(timeout.Seconds()),
		// On a cluster, a read waits for what other nodes have committed.
		"wsrep_sync_wait": "1",
	}
}

// Get scans the one row that q finds into a T, matching columns to fields as
// Columns does. It returns ErrNotFound when there is none.
func Get[T any](ctx context.Context, on Queryer, q sq.Sqlizer) (T, error) {
	var row T
	query, args, err := q.ToSql()
	if err != nil {
		return row, fmt.Errorf("db: build query: %w", err)
	}
	return row, translate(scanner.Get(ctx, on, &row, query, args...))
}

// Select scans all rows that q finds, in their order; none is an empty slice.
func Select[T any](ctx context.Context, on Queryer, q sq.Sqlizer) ([]T, error) {
	rows := []T{}
	query, args, err := q.ToSql()
	if err != nil {
		return nil, fmt.Errorf("db: build query: %w", err)
	}
	if err := scanner.Select(ctx, on, &rows, query, args...); err != nil {
		return nil, translate(err)
	}
	return rows, nil
}

// Exec runs a statement and returns how many rows it matched.
func Exec(ctx context.Context, on Queryer, q sq.Sqlizer) (int64, error) {
	result, err := exec(ctx, on, q)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Insert runs an INSERT and returns the new row's id.
func Insert(ctx context.Context, on Queryer, q sq.Sqlizer) (int64, error) {
	result, err := exec(ctx, on, q)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func exec(ctx context.Context, on Queryer, q sq.Sqlizer) (sql.Result, error) {
	query, args, err := q.ToSql()
	if err != nil {
		return nil, fmt.Errorf("db: build statement: %w", err)
	}
	result, err := on.ExecContext(ctx, query, args...)
	return result, translate(err)
}
