package db

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"
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
// reports it. So do must do nothing but SQL.
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
	return translate(tx.Commit())
}
