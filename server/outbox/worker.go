// Package outbox carries out what transactions left to be done after them:
// mails, and photos to be deleted. Each is done at least once, by whichever
// server takes it. It also clears away rows that nobody needs any more.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"
	"freety/server/mail"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/sync/errgroup"
)

const (
	pollInterval = time.Second
	tidyInterval = time.Hour
	batchSize    = 32
	atOnce       = 4
	// lease is how long a row that was taken is left alone; it outlasts rowTime,
	// so only a server that was killed loses a row to another.
	lease       = 3 * time.Minute
	rowTime     = time.Minute
	rowTimeLeft = 5 * time.Second // of a row in hand when the worker is to end
	settleTime  = 10 * time.Second
	firstWait   = 5 * time.Second
	longestWait = time.Hour
	mostTries   = 20 // about half a day
)

// Mailer sends a letter; mail.ErrRefused means that it never can.
type Mailer interface {
	Send(ctx context.Context, m mail.Mail) error
}

// Worker empties the outbox.
type Worker struct {
	db       *db.DB
	mailer   Mailer
	store    photos.Store
	log      *slog.Logger
	now      func() time.Time
	services map[string]mail.Service // of the catalogue, once it has been read
	down     bool                    // whether the last look at the outbox failed
}

// New makes a Worker.
func New(d *db.DB, mailer Mailer, store photos.Store, log *slog.Logger) *Worker {
	return &Worker{db: d, mailer: mailer, store: store, log: log, now: time.Now}
}

// Run works until ctx ends, and returns once the rows in hand are done or have
// been left for later, which takes seconds.
func (w *Worker) Run(ctx context.Context) {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	// Not all servers of a fleet at once.
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

// row is one thing to do.
type row struct {
	ID        int64
	Kind      string
	Subject   string
	AccountID *int64
	DueAt     time.Time
	Attempts  int
	CreatedAt time.Time
}

// drain does what is due, and says whether there may be more.
func (w *Worker) drain(ctx context.Context) bool {
	rows, err := db.Select[row](ctx, w.db, sq.Select(db.Columns[row]()...).From("outbox").
		Where(sq.LtOrEq{"due_at": w.now().UTC()}).OrderBy("due_at", "id").Limit(batchSize))
	if err == nil && len(rows) > 0 && w.services == nil {
		w.services, err = w.readServices(ctx)
	}
	if err != nil {
		if !w.down && ctx.Err() == nil {
			w.log.WarnContext(ctx, "the outbox cannot be read", "error", db.Describe(err))
			w.down = true
		}
		return false
	}
	w.down = false
	taken := make(chan bool, len(rows))
	group := errgroup.Group{}
	group.SetLimit(atOnce)
	for _, rows := range byRecipient(rows) {
		group.Go(func() error {
			for _, r := range rows {
				taken <- ctx.Err() == nil && w.take(ctx, r)
			}
			return nil
		})
	}
	_ = group.Wait() // none of them returns an error
	close(taken)
	more := false
	for one := range taken {
		more = more || one
	}
	return more
}

// byRecipient groups rows so that nobody gets two letters in the wrong order.
func byRecipient(rows []row) [][]row {
	var groups [][]row
	index := map[int64]int{}
	for _, r := range rows {
		if r.AccountID == nil {
			groups = append(groups, []row{r})
			continue
		}
		i, known := index[*r.AccountID]
		if !known {
			i = len(groups)
			index[*r.AccountID] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// take does one row, unless another worker has taken it.
func (w *Worker) take(ctx context.Context, r row) bool {
	until := w.now().UTC().Add(lease).Truncate(time.Microsecond)
	taken, err := db.Exec(ctx, w.db, sq.Update("outbox").Set("due_at", until).Set("attempts", sq.Expr("attempts + 1")).
		Where(sq.Eq{"id": r.ID, "due_at": r.DueAt}))
	if err != nil || taken == 0 {
		return false
	}
	r.DueAt = until
	r.Attempts++
	// The row is ours now, so it is finished although the worker is to end.
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

// errDrop says that a row has become pointless, and why.
var errDrop = errors.New("outbox: dropped")

func (w *Worker) do(ctx context.Context, r row) error {
	if r.Attempts > mostTries {
		// The tries before ended with the process, not with an error.
		return fmt.Errorf("%w: %d tries did not end", errGiveUp, mostTries)
	}
	switch r.Kind {
	case api.OutboxMail:
		return w.sendMail(ctx, r)
	case api.OutboxDeletePhoto:
		return w.deletePhoto(ctx, r.Subject)
	}
	// A newer server may know it.
	return fmt.Errorf("outbox: the kind is unknown")
}

var errGiveUp = errors.New("outbox: given up")

// settle removes a row that is done or hopeless, and leaves another for later.
func (w *Worker) settle(ctx context.Context, r row, outcome error) {
	log := w.log.With("row", r.ID, "kind", r.Kind, "attempt", r.Attempts)
	var change sq.Sqlizer = sq.Delete("outbox").Where(sq.Eq{"id": r.ID})
	switch {
	case outcome == nil:
	case errors.Is(outcome, errDrop):
		log.InfoContext(ctx, "outbox row dropped", "error", r.describe(outcome))
	case r.Attempts >= mostTries || errors.Is(outcome, mail.ErrRefused) || errors.Is(outcome, errGiveUp):
		log.ErrorContext(ctx, "outbox row given up", "error", r.describe(outcome))
	default:
		wait := backoff(r.Attempts)
		log.WarnContext(ctx, "outbox row failed", "error", r.describe(outcome), "again", wait.Round(time.Second).String())
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

// describe is the text of an error for the log, without what must not be in it:
// who knows a photo's name can see the photo.
func (r row) describe(err error) string {
	return strings.ReplaceAll(db.Describe(err), r.Subject, "…")
}

// backoff is how long to wait after so many tries: 5 s, doubled each time up to
// an hour, and up to a quarter longer, so that a crowd does not stay one.
func backoff(tries int) time.Duration {
	wait := longestWait
	if doublings := tries - 1; doublings < 10 {
		wait = min(wait, firstWait<<doublings)
	}
	return wait + rand.N(wait/4)
}

// deletePhoto removes a photo and its thumbnail from the store.
func (w *Worker) deletePhoto(ctx context.Context, name string) error {
	return errors.Join(w.store.Delete(ctx, name+".jpg"), w.store.Delete(ctx, name+"-thumb.jpg"))
}
