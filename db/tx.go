package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	transactionTries = 12
	firstWait        = 5 * time.Millisecond
	longestWait      = 300 * time.Millisecond
)

// Tx is the transaction that InTx hands to its function.
type Tx struct {
	*sql.Tx
}

// InTx runs do in a transaction and commits it if do returns nil. After a
// deadlock, or too long a wait for a lock, it runs do again, also if only COMMIT
// reports it. So do must do nothing but SQL. ErrOutcomeUnknown says that COMMIT
// was not answered before ctx ended.
func (d *DB) InTx(ctx context.Context, do func(tx *Tx) error) error {
	return d.inTx(ctx, nil, do)
}

// InSerializableTx is InTx in which nobody else adds a row where do has looked:
// who would waits for its end. It is for what few do, since all it reads is locked.
func (d *DB) InSerializableTx(ctx context.Context, do func(tx *Tx) error) error {
	return d.inTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, do)
}

func (d *DB) inTx(ctx context.Context, opts *sql.TxOptions, do func(tx *Tx) error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := d.once(ctx, opts, do)
		if err == nil || !isRetryable(err) {
			return err
		}
		if try == transactionTries {
			return fmt.Errorf("%w: gave up after %d tries: %w", ErrUnavailable, try, err)
		}
		// A random wait keeps the losers of one race from meeting again.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)):
		}
		wait = min(2*wait, longestWait)
	}
}

func (d *DB) once(ctx context.Context, opts *sql.TxOptions, do func(tx *Tx) error) error {
	tx, err := d.BeginTx(ctx, opts)
	if err != nil {
		return translate(err)
	}
	// After COMMIT this does nothing; after a panic in do it ends the transaction.
	defer func() { _ = tx.Rollback() }()
	if err := do(&Tx{tx}); err != nil {
		return err
	}
	return commit(ctx, tx)
}

// commit waits for the answer no longer than ctx, to which database/sql does not
// listen in a COMMIT.
func commit(ctx context.Context, tx *sql.Tx) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	answer := make(chan error, 1)
	go func() { answer <- tx.Commit() }()
	select {
	case err := <-answer:
		var refused *mysql.MySQLError
		if err == nil || errors.As(err, &refused) || errors.Is(err, sql.ErrTxDone) {
			return translate(err)
		}
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, ctx.Err())
	}
}
