package outbox

import (
	"context"
	"fmt"
	"time"

	"freety/db"
	"freety/routes/accounts"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

const (
	tidyBatch   = 500
	tidyBatches = 20 // of one table at a time, so that a backlog does not hold up the outbox
	// keptAfterEnd is how long sessions and used refresh tokens are kept, so that
	// a token that is used again is recognised.
	keptAfterEnd = 30 * 24 * time.Hour
)

// leftovers are rows that nobody needs any more.
type leftovers struct {
	table, key string
	old        sq.Sqlizer
}

func allLeftovers(now time.Time) []leftovers {
	ended, forgotten := now.Add(-keptAfterEnd), sq.Lt{"tried_at": now.Add(-accounts.WrongKept)}
	return []leftovers{
		{"idempotency_keys", "created_at", sq.Lt{"created_at": now.Add(-api.IdempotencyWindow)}},
		{"sessions", "id", sq.Lt{"expires_at": ended}}, // their tokens go with them
		{"sessions", "id", sq.Lt{"ended_at": ended}},
		{"refresh_tokens", "token_hash", sq.Lt{"used_at": ended}},
		{"unconfirmed_letters", "address_hash", sq.Lt{"day": now.Add(-24 * time.Hour).Format(time.DateOnly)}},
		{"sign_in_attempts", "who", sq.And{sq.Eq{"signed_in_at": nil}, forgotten}},
		{"sign_in_attempts", "who", sq.And{sq.Lt{"signed_in_at": now.Add(-accounts.AddressKept)}, forgotten}},
	}
}

// tidy removes expired rows. Those that it leaves, because of an error or because
// there are so many, it removes the next time.
func (w *Worker) tidy(ctx context.Context) {
	for _, l := range allLeftovers(w.now().UTC()) {
		removed, err := w.remove(ctx, l)
		if err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "expired rows stay", "table", l.table, "error", db.Describe(err))
		}
		if removed > 0 {
			w.log.InfoContext(ctx, "expired rows removed", "table", l.table, "rows", removed)
		}
	}
}

// remove finds rows without locking any, and deletes them by their keys: a
// DELETE that has to search also waits for locks on rows that it does not delete.
func (w *Worker) remove(ctx context.Context, l leftovers) (removed int64, err error) {
	for range tidyBatches {
		keys, err := db.Select[struct{ Found any }](ctx, w.db, sq.Select(l.key+" AS found").From(l.table).Where(l.old).Limit(tidyBatch))
		if err != nil || len(keys) == 0 {
			return removed, err
		}
		values := make([]any, len(keys))
		for i, key := range keys {
			values[i] = key.Found
		}
		n, err := db.Exec(ctx, w.db, sq.Delete(l.table).Where(sq.Eq{l.key: values}).Where(l.old))
		if err != nil {
			return removed, fmt.Errorf("outbox: %w", err)
		}
		removed += n
		if len(keys) < tidyBatch {
			break
		}
	}
	return removed, nil
}
