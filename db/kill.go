package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	killTimeout    = time.Second
	maxKillerConns = 2
)

// killer makes connections whose statements end on the server as soon as their
// context does. The driver by itself only closes the connection, and the server
// goes on with the statement while the pool opens another connection.
type killer struct {
	driver.Connector
	pool *sql.DB // for KILL, so that it waits for no statement
}

func newKiller(cfg *mysql.Config) (*killer, error) {
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	quick := cfg.Clone()
	quick.Timeout, quick.ReadTimeout, quick.WriteTimeout = killTimeout, killTimeout, killTimeout
	other, err := mysql.NewConnector(quick)
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	k := &killer{connector, sql.OpenDB(other)}
	k.pool.SetMaxOpenConns(maxKillerConns)
	k.pool.SetConnMaxIdleTime(connectionIdleTime)
	return k, nil
}

// Close implements io.Closer; sql.DB calls it.
func (k *killer) Close() error { return k.pool.Close() }

// thisServer tells the server that a connection has reached from others behind
// the same address, whose connections have the same ids.
const thisServer = "CONCAT_WS(' ', @@hostname, @@port, @@datadir)"

// Connect implements driver.Connector.
func (k *killer) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &connection{driverConn: opened.(driverConn), killer: k}
	if err := c.identify(ctx); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return c, nil
}

// driverConn is all that the driver's connections can do, for database/sql to find.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type connection struct {
	driverConn
	killer *killer
	server string // what thisServer is there
	kill   string // the statement that ends the one of this connection
	spent  bool   // not fit for another request
}

func (c *connection) identify(ctx context.Context) (err error) {
	found, err := c.driverConn.QueryContext(ctx, "SELECT "+thisServer+", CONCAT('KILL QUERY ', CONNECTION_ID())", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	row := make([]driver.Value, 2)
	if err := found.Next(row); err != nil {
		return err
	}
	c.server, c.kill = fmt.Sprintf("%s", row[0]), fmt.Sprintf("%s", row[1])
	return nil
}

// IsValid implements driver.Validator. A KILL that came too late for its
// statement would end the next one; one that has met it leaves the connection good.
func (c *connection) IsValid() bool { return !c.spent && c.driverConn.IsValid() }

// BeginTx implements driver.ConnBeginTx.
func (c *connection) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.driverConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &transaction{tx, c}, nil
}

// transaction gives its connection up if it could not be ended: a Galera node
// without quorum refuses COMMIT and ROLLBACK alike, and with quorum again the next
// START TRANSACTION would commit the half that was written.
type transaction struct {
	driver.Tx
	on *connection
}

func (t *transaction) Commit() error { return t.end(t.Tx.Commit()) }

func (t *transaction) Rollback() error { return t.end(t.Tx.Rollback()) }

func (t *transaction) end(err error) error {
	if err != nil {
		t.on.spent = true
	}
	return err
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s := c.begin(ctx)
	found, err := c.driverConn.QueryContext(s.inner, query, args)
	if err != nil {
		return nil, s.end(err)
	}
	return &rows{found, s}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s := c.begin(ctx)
	result, err := c.driverConn.ExecContext(s.inner, query, args)
	return result, s.end(err)
}

// statement is one that runs.
type statement struct {
	on    *connection
	outer context.Context
	inner context.Context // ends only after the KILL
	close context.CancelFunc
	stop  func() bool
	met   bool          // whether the KILL has met it
	ended chan struct{} // closed when it has ended
	over  chan struct{} // closed after the KILL
}

func (c *connection) begin(ctx context.Context) *statement {
	s := &statement{on: c, outer: ctx, ended: make(chan struct{}), over: make(chan struct{})}
	s.inner, s.close = context.WithCancel(context.WithoutCancel(ctx))
	s.stop = context.AfterFunc(ctx, func() {
		defer close(s.over)
		limit, cancel := context.WithTimeout(context.Background(), killTimeout)
		defer cancel()
		if c.killer.end(limit, c) {
			// Its place in the pool is free only when the server has done with it.
			select {
			case <-s.ended:
			case <-limit.Done():
			}
		}
		s.close()
	})
	return s
}

// end returns the error to report for a statement that has ended with err.
func (s *statement) end(err error) error {
	if !s.stop() {
		close(s.ended)
		<-s.over
		s.on.spent = !s.met && !isInterrupted(err)
		if err != nil {
			err = s.outer.Err()
		}
	}
	s.close()
	return err
}

// end tells the server to end the statement of a connection, and reports whether
// it could. If not, the session's time-out for statements ends it.
func (k *killer) end(ctx context.Context, c *connection) bool {
	other, err := k.pool.Conn(ctx)
	if err != nil {
		return false
	}
	defer func() { _ = other.Close() }()
	var server string
	if err := other.QueryRowContext(ctx, "SELECT "+thisServer).Scan(&server); err != nil || server != c.server {
		return false
	}
	_, err = other.ExecContext(ctx, c.kill)
	return err == nil
}

// isInterrupted reports whether err is that of a statement that a KILL has ended.
func isInterrupted(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == numInterrupted
}

// rows keep their statement until they are closed.
type rows struct {
	driver.Rows
	statement *statement
}

func (r *rows) Next(row []driver.Value) error {
	err := r.Rows.Next(row)
	r.statement.met = isInterrupted(err)
	if err != nil && !errors.Is(err, io.EOF) && r.statement.outer.Err() != nil {
		return r.statement.outer.Err()
	}
	return err
}

func (r *rows) Close() error { return r.statement.end(r.Rows.Close()) }
