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
	"sync"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/sync/semaphore"
)

const (
	pollInterval = time.Second
	tidyInterval = time.Hour
	// A task that is slow gives its place to another, so that letters that hang
	// do not hold up the others.
	places     = 16
	slowAfter  = time.Second
	mostInHand = 64
	// leaseTime is how long others leave a taken row alone. Its worker renews that
	// while it has the row in hand, so that the rows of a server that was killed
	// come soon, and those of a slow one stay with it.
	leaseTime   = 15 * time.Second
	rowTime     = time.Minute
	settleTime  = 5 * time.Second
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
	lease    time.Duration
	down     bool // whether the last look at the outbox failed
	crowded  bool // whether others take the first rows at the same time

	inHand  sync.WaitGroup
	hands   *semaphore.Weighted // of all tasks in hand
	places  *semaphore.Weighted // of those that are not slow
	settled chan struct{}
}

// New makes a Worker that carries out the kinds of tasks that have a handler.
// It leaves the others alone, because a server of another release knows them.
func New(d *db.DB, handlers map[string]api.TaskHandler, log *slog.Logger) *Worker {
	return &Worker{
		db: d, handlers: handlers, kinds: slices.Sorted(maps.Keys(handlers)), log: log, now: time.Now, lease: leaseTime,
		hands: semaphore.NewWeighted(mostInHand), places: semaphore.NewWeighted(places), settled: make(chan struct{}, 1),
	}
}

// Run works until ctx ends. The tasks in hand are cut off then and given back;
// what a cut task had done already, such as a letter whose receipt had not been
// confirmed, is done twice.
func (w *Worker) Run(ctx context.Context) {
	defer w.inHand.Wait()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	// At a random time, so that not all servers tidy at once.
	tidy := time.NewTimer(rand.N(tidyInterval))
	defer tidy.Stop()
	for ctx.Err() == nil {
		if w.begin(ctx) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		case <-w.settled: // the next one of its account may be due
		case <-tidy.C:
			w.tidy(ctx)
			tidy.Reset(tidyInterval)
		}
	}
}

// begin waits for room, takes rows that are due, and has them carried out. It
// returns how many it took.
func (w *Worker) begin(ctx context.Context) int {
	if w.hands.Acquire(ctx, batchSize) != nil || w.places.Acquire(ctx, batchSize) != nil {
		return 0 // ctx has ended
	}
	rows, err := w.take(ctx)
	if err != nil && !w.down && ctx.Err() == nil {
		w.log.WarnContext(ctx, "the outbox cannot be read", "error", db.Describe(err))
	}
	w.down = err != nil
	unused := int64(batchSize - len(rows))
	w.hands.Release(unused)
	w.places.Release(unused)
	for _, r := range rows {
		w.inHand.Go(func() { w.hold(ctx, r) })
	}
	return len(rows)
}

// hold has a row carried out and renews its lease meanwhile. A row whose lease is
// lost is left to the worker that has taken it.
func (w *Worker) hold(ctx context.Context, r row) {
	defer w.hands.Release(1)
	leave := sync.OnceFunc(func() { w.places.Release(1) })
	defer leave()
	defer time.AfterFunc(slowAfter, leave).Stop()

	inHand, cut := context.WithTimeout(ctx, rowTime)
	defer cut()
	done := make(chan error, 1)
	go func() { done <- w.do(inHand, r) }()
	renewal := time.NewTicker(w.lease / 3)
	defer renewal.Stop()
	for lost := false; ; {
		select {
		case outcome := <-done:
			if !lost {
				w.settle(ctx, r, outcome)
			}
			return
		case <-renewal.C:
			if inHand.Err() == nil && !w.renew(inHand, &r) {
				w.log.WarnContext(ctx, "outbox row lost: its lease has ended", "row", r.ID, "kind", r.Kind)
				lost = true
				cut()
			}
		}
	}
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
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	log := w.log.With("row", r.ID, "kind", r.Kind, "attempt", r.Attempts)
	again := func(at time.Time) sq.UpdateBuilder {
		return sq.Update("outbox").Set("due_at", at).Where(sq.Eq{"id": r.ID, "due_at": r.DueAt})
	}
	var change sq.Sqlizer = sq.Delete("outbox").Where(sq.Eq{"id": r.ID})
	switch notYet := (*api.NotYet)(nil); {
	case outcome == nil:
	case errors.As(outcome, &notYet):
		change = again(notYet.Before.UTC())
	case errors.Is(outcome, api.ErrMoot):
		log.InfoContext(ctx, "outbox row dropped", "error", db.Describe(outcome))
	case stopped:
		// This try does not count.
		change = again(w.now().UTC()).Set("attempts", sq.Expr("attempts - 1"))
	case r.Attempts >= mostTries || errors.Is(outcome, api.ErrHopeless):
		log.ErrorContext(ctx, "outbox row given up", "error", db.Describe(outcome))
	default:
		wait := backoff(r.Attempts)
		log.WarnContext(ctx, "outbox row failed", "error", db.Describe(outcome), "again", wait.Round(time.Second).String())
		change = again(w.now().UTC().Add(wait))
	}
	err := w.db.InTx(ctx, func(tx *db.Tx) error {
		_, err := db.Exec(ctx, tx, change)
		return err
	})
	if err != nil {
		log.WarnContext(ctx, "outbox row is done again when its lease ends", "error", db.Describe(err))
	}
	select {
	case w.settled <- struct{}{}:
	default:
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
