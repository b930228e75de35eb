// Package outbox carries out the tasks that transactions leave to be done after
// them. Any server may take a task, which is done at least once, by the handler
// of its kind. The package also deletes rows that nobody needs any more.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/sync/errgroup"
)

const (
	pollInterval = time.Second
	tidyInterval = time.Hour
	batchSize    = 32
	atOnce       = 4
	// lease is how long other workers leave a taken row alone. It is longer than
	// rowTime, so that only a server that was killed loses a row to another.
	lease       = 3 * time.Minute
	rowTime     = time.Minute
	rowTimeLeft = 5 * time.Second // for a taken row, when the worker has to end
	settleTime  = 10 * time.Second
	firstWait   = 5 * time.Second
	longestWait = time.Hour
	mostTries   = 20 // about half a day
)

// Worker carries out the tasks of the outbox.
type Worker struct {
	db       *db.DB
	handlers map[string]api.TaskHandler
	kinds    []string
	log      *slog.Logger
	now      func() time.Time
	down     bool // whether the last look at the outbox failed
}

// New makes a Worker that carries out the kinds of tasks that have a handler.
// It leaves the others alone, because a server of another release knows them.
func New(d *db.DB, handlers map[string]api.TaskHandler, log *slog.Logger) *Worker {
	return &Worker{db: d, handlers: handlers, kinds: slices.Sorted(maps.Keys(handlers)), log: log, now: time.Now}
}

// Run works until ctx ends, and returns once the taken rows are done or have been
// left for later, which takes seconds.
func (w *Worker) Run(ctx context.Context) {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	// At a random time, so that not all servers tidy at once.
	tidy := time.NewTimer(rand.N(tidyInterval))
	defer tidy.Stop()
	for ctx.Err() == nil {
		if w.drain(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		case <-tidy.C:
			w.tidy(ctx)
			tidy.Reset(tidyInterval)
		}
	}
}

// row is a task, when it is due and how often it was tried.
type row struct {
	api.Task
	DueAt    time.Time
	Attempts int
}

// due finds the tasks that can be carried out. A task for an account waits until
// the earlier ones that are due are done, so that nobody gets letters in the wrong order.
func (w *Worker) due(ctx context.Context) ([]row, error) {
	now := w.now().UTC()
	earlier := sq.Select("1").From("outbox earlier").Where("earlier.account_id = outbox.account_id AND earlier.id < outbox.id").
		Where(sq.Eq{"earlier.kind": w.kinds}).Where(sq.Or{sq.Gt{"earlier.attempts": 0}, sq.LtOrEq{"earlier.due_at": now}})
	return db.Select[row](ctx, w.db, sq.Select(db.Columns[row]()...).From("outbox").
		Where(sq.LtOrEq{"due_at": now}).Where(sq.Eq{"kind": w.kinds}).Where(sq.Expr("NOT EXISTS (?)", earlier)).
		OrderBy("due_at", "id").Limit(batchSize))
}

// drain does the tasks that are due, and reports whether there may be more.
func (w *Worker) drain(ctx context.Context) bool {
	rows, err := w.due(ctx)
	if err != nil {
		if !w.down && ctx.Err() == nil {
			w.log.WarnContext(ctx, "the outbox cannot be read", "error", db.Describe(err))
			w.down = true
		}
		return false
	}
	w.down = false
	var taken atomic.Bool
	group := errgroup.Group{}
	group.SetLimit(atOnce)
	for _, r := range rows {
		group.Go(func() error {
			if ctx.Err() == nil && w.take(ctx, r) {
				taken.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // none of them returns an error
	return taken.Load()
}

// take does one row unless another worker has taken it, and reports whether it
// did.
func (w *Worker) take(ctx context.Context, r row) bool {
	until := w.now().UTC().Add(lease).Truncate(time.Microsecond)
	taken, err := db.Exec(ctx, w.db, sq.Update("outbox").Set("due_at", until).Set("attempts", sq.Expr("attempts + 1")).
		Where(sq.Eq{"id": r.ID, "due_at": r.DueAt}))
	if err != nil || taken == 0 {
		return false
	}
	r.DueAt = until
	r.Attempts++
	// The row is ours now, so it is finished even if the worker has to end.
	detached := context.WithoutCancel(ctx)
	inHand, cancel := context.WithTimeout(detached, rowTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(rowTimeLeft, cancel) })()
	outcome := w.do(inHand, r)
	settling, cancelSettling := context.WithTimeout(detached, settleTime)
	defer cancelSettling()
	w.settle(settling, r, outcome)
	return true
}

func (w *Worker) do(ctx context.Context, r row) error {
	if r.Attempts > mostTries {
		// The earlier tries ended with their process, not with an error.
		return fmt.Errorf("%w: %d tries did not end", api.ErrHopeless, mostTries)
	}
	return w.handlers[r.Kind](ctx, r.Task)
}

// settle removes a row that is done, moot or hopeless, and leaves any other for
// later.
func (w *Worker) settle(ctx context.Context, r row, outcome error) {
	log := w.log.With("row", r.ID, "kind", r.Kind, "attempt", r.Attempts)
	var change sq.Sqlizer = sq.Delete("outbox").Where(sq.Eq{"id": r.ID})
	switch {
	case outcome == nil:
	case errors.Is(outcome, api.ErrMoot):
		log.InfoContext(ctx, "outbox row dropped", "error", db.Describe(outcome))
	case r.Attempts >= mostTries || errors.Is(outcome, api.ErrHopeless):
		log.ErrorContext(ctx, "outbox row given up", "error", db.Describe(outcome))
	default:
		wait := backoff(r.Attempts)
		log.WarnContext(ctx, "outbox row failed", "error", db.Describe(outcome), "again", wait.Round(time.Second).String())
		change = sq.Update("outbox").Set("due_at", w.now().UTC().Add(wait)).Where(sq.Eq{"id": r.ID, "due_at": r.DueAt})
	}
	err := w.db.InTx(ctx, func(tx *db.Tx) error {
		_, err := db.Exec(ctx, tx, change)
		return err
	})
	if err != nil {
		log.WarnContext(ctx, "outbox row is done again when its lease ends", "error", db.Describe(err))
	}
}

// backoff returns how long to wait after that many tries: 5 s, doubled each time
// up to an hour, and up to a quarter more at random, so that tasks that failed
// together are not all tried again together.
func backoff(tries int) time.Duration {
	wait := longestWait
	if doublings := tries - 1; doublings < 10 {
		wait = min(wait, firstWait<<doublings)
	}
	return wait + rand.N(wait/4)
}
