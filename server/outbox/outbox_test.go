package outbox

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// The kinds that the workers of a world can do.
const (
	letter  = "letter"
	picture = "picture"
)

// hands are a handler that keeps what it has done, unless it is told to fail. A
// test fails when they have a task twice at once, or two of one account.
type hands struct {
	t      *testing.T
	during func(ctx context.Context, task api.Task) error

	mu     sync.Mutex
	inHand map[string]bool
	done   []api.Task
}

func (h *hands) handle(ctx context.Context, task api.Task) error {
	names := []string{fmt.Sprintf("task %d", task.ID)}
	if task.AccountID != nil {
		names = append(names, fmt.Sprintf("account %d", *task.AccountID))
	}
	h.mu.Lock()
	for _, name := range names {
		if h.inHand[name] {
			h.t.Errorf("%s is in two hands", name)
		}
		h.inHand[name] = true
	}
	h.mu.Unlock()
	var err error
	if h.during != nil {
		err = h.during(ctx, task)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		delete(h.inHand, name)
	}
	if err == nil {
		h.done = append(h.done, task)
	}
	return err
}

// subjects are those of what was done, in its order.
func (h *hands) subjects() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := []string{}
	for _, task := range h.done {
		all = append(all, task.Subject)
	}
	return all
}

type world struct {
	*testing.T
	db     *db.DB
	hands  *hands
	worker *Worker
	shift  *atomic.Int64 // of the time that workers go by
	log    *bytes.Buffer
	logger *slog.Logger // into log
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, db: dbtest.New(t), hands: &hands{t: t, inHand: map[string]bool{}}, shift: &atomic.Int64{}, log: &bytes.Buffer{}}
	w.logger = slog.New(slog.NewTextHandler(w.log, nil))
	w.worker = w.newWorker(w.hands)
	for id := 1; id <= 3; id++ {
		w.exec("INSERT INTO accounts (id, role, name, birth_date, created_at) VALUES (?, 'model', '김민지', '2000-01-01', UTC_TIMESTAMP())", id)
	}
	return w
}

func (w *world) newWorker(h *hands) *Worker {
	worker := New(w.db, map[string]api.TaskHandler{letter: h.handle, picture: h.handle}, w.logger)
	worker.now = func() time.Time { return time.Now().Add(time.Duration(w.shift.Load())) }
	return worker
}

func (w *world) wait(by time.Duration) { w.shift.Add(int64(by)) }

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	if _, err := w.db.ExecContext(w.Context(), statement, args...); err != nil {
		w.Fatal(err)
	}
}

// enqueue writes a task that is due at once; account may be 0.
func (w *world) enqueue(kind, subject string, account int64) {
	w.Helper()
	w.enqueueIn(0, kind, subject, account)
}

func (w *world) enqueueIn(wait time.Duration, kind, subject string, account int64) {
	w.Helper()
	if err := api.Enqueue(w.Context(), w.db, kind, subject, account, time.Now().Add(wait)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) rows() []row {
	w.Helper()
	rows, err := db.Select[row](w.Context(), w.db, sq.Select(db.Columns[row]()...).From("outbox").OrderBy("id"))
	if err != nil {
		w.Fatal(err)
	}
	return rows
}

// drain has the world's worker do what is due.
func (w *world) drain() { drain(w.Context(), w.worker) }

func drain(ctx context.Context, worker *Worker) {
	for worker.begin(ctx) > 0 {
		worker.inHand.Wait()
	}
}

// run runs a worker until stop is called, which returns when it has ended.
func (w *world) run(worker *Worker) (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		worker.Run(ctx)
		close(done)
	}()
	stop = func() {
		cancel()
		w.await(done, "the worker does not end")
	}
	w.Cleanup(stop)
	return stop
}

const patience = 20 * time.Second

// await waits until a channel is closed, or for something from it.
func (w *world) await(c <-chan struct{}, otherwise string) {
	w.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		w.Fatal(otherwise)
	}
}

func (w *world) wantEmpty() {
	w.Helper()
	if rows := w.rows(); len(rows) > 0 {
		w.Errorf("left: %+v", rows)
	}
}

func (w *world) wantDone(subjects ...string) {
	w.Helper()
	if got := w.hands.subjects(); !slices.Equal(got, subjects) {
		w.Errorf("done: %v, want %v", got, subjects)
	}
}

func (w *world) wantInLog(text string, times int) {
	w.Helper()
	if got := strings.Count(w.log.String(), text); got != times {
		w.Errorf("%q stands %d times in the log, want %d: %s", text, got, times, w.log)
	}
}
