package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

const (
	batchSize = 8
	// startRange is how many rows the workers of a crowd spread over.
	startRange = 512
)

// row is a task with when it is due, which for a taken row is the end of its
// lease, and how often it was taken. Both change together with each taking, so
// that a row with the DueAt that its worker has set is in the hand of that worker.
type row struct {
	api.Task
	DueAt    time.Time
	Attempts int
}

// take leases rows that are due to this worker, which has to hold each. Row locks
// keep the workers on one database apart. On a cluster, where locks do not reach
// the other nodes, two can choose the same rows; the database then undoes one of
// the transactions, and its worker starts elsewhere as long as there is a backlog.
func (w *Worker) take(ctx context.Context) (rows []row, err error) {
	tries := 0
	err = w.db.InTx(ctx, func(tx *db.Tx) error {
		if tries++; tries > 1 {
			w.crowded = true
		}
		now := w.now().UTC()
		from, err := w.start(ctx, tx, now)
		if err != nil {
			return err
		}
		if rows, err = w.due(ctx, tx, from, now); err != nil || len(rows) == 0 {
			w.crowded = false
			return err
		}
		end := w.leaseEnd()
		ids := make([]int64, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID
			rows[i].DueAt = end
			rows[i].Attempts++
		}
		taken, err := db.Exec(ctx, tx, sq.Update("outbox").Set("due_at", end).Set("attempts", sq.Expr("attempts + 1")).Where(sq.Eq{"id": ids}).Where(sq.LtOrEq{"due_at": now}))
		if err == nil && taken != int64(len(rows)) {
			err = errors.New("outbox: another worker has taken some of the rows")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// start returns from when on the rows are taken: the oldest first, and in a crowd
// from one of the first at random.
func (w *Worker) start(ctx context.Context, tx *db.Tx, now time.Time) (time.Time, error) {
	oldest := time.Unix(0, 0).UTC()
	if !w.crowded {
		return oldest, nil
	}
	for offset := rand.Uint64N(startRange); offset > 0; offset = rand.Uint64N(offset) {
		one, err := db.Get[struct{ DueAt time.Time }](ctx, tx, sq.Select("due_at").From("outbox").Where(sq.LtOrEq{"due_at": now}).
			OrderBy("due_at").Limit(1).Offset(offset))
		if !errors.Is(err, db.ErrNotFound) {
			return one.DueAt, err
		}
	}
	return oldest, nil
}

// due locks rows that can be carried out, but for those that another worker has
// locked. A task for an account waits until the earlier ones that were due are
// done, so that nobody gets letters in the wrong order. The index is forced so
// that no more rows are locked than are taken.
func (w *Worker) due(ctx context.Context, tx *db.Tx, from, now time.Time) ([]row, error) {
	earlier := sq.Select("1").From("outbox earlier").Where("earlier.account_id = outbox.account_id AND earlier.id < outbox.id").
		Where(sq.Eq{"earlier.kind": w.kinds}).Where(sq.Or{sq.Gt{"earlier.attempts": 0}, sq.LtOrEq{"earlier.due_at": now}})
	return db.Select[row](ctx, tx, sq.Select(db.Columns[row]()...).From("outbox FORCE INDEX (outbox_due)").
		Where(sq.GtOrEq{"due_at": from}).Where(sq.LtOrEq{"due_at": now}).Where(sq.Eq{"kind": w.kinds}).Where(sq.Expr("NOT EXISTS (?)", earlier)).
		OrderBy("due_at", "id").Limit(batchSize).Suffix("FOR UPDATE SKIP LOCKED"))
}

func (w *Worker) leaseEnd() time.Time { return w.now().UTC().Add(w.lease).Truncate(time.Microsecond) }

// renew prolongs the lease of a row, and reports whether this worker still has it.
// While the database does not answer, it has it until the lease ends.
func (w *Worker) renew(ctx context.Context, r *row) bool {
	ctx, cancel := context.WithTimeout(ctx, r.DueAt.Sub(w.now()))
	defer cancel()
	end := w.leaseEnd()
	held, err := db.Exec(ctx, w.db, sq.Update("outbox").Set("due_at", end).Where(sq.Eq{"id": r.ID, "due_at": r.DueAt}))
	if err != nil {
		return w.now().Before(r.DueAt)
	}
	if held > 0 {
		r.DueAt = end
	}
	return held > 0
}
