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

// InTx runs do in a transaction and commits it when do returns nil. A deadlock
// or a lock that was waited for too long reruns do from its start, also when
// COMMIT is what reports it, so do must do nothing but SQL.
func (d *DB) InTx(ctx context.Context, do func(tx *Tx) error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := d.once(ctx, do)
		if err == nil || !isRetryable(err) {
			return err
		}
		if try == transactionTries {
			return fmt.Errorf("%w: given up after %d tries: %w", ErrUnavailable, try, err)
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

func (d *DB) once(ctx context.Context, do func(tx *Tx) error) error {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	// After a COMMIT this does nothing; after a panic of do it is what ends the transaction.
	defer func() { _ = tx.Rollback() }()
	if err := do(&Tx{tx}); err != nil {
		return err
	}
	return translate(tx.Commit())
}
