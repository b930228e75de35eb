package outbox

import (
	"bytes"
	"context"
	"errors"
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

func (w *world) drain() {
	w.Helper()
	for w.worker.drain(w.Context()) {
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

func TestATaskIsGivenToTheHandlerOfItsKindWhenItIsDue(t *testing.T) {
	w := newWorld(t)
	other := &hands{t: t, inHand: map[string]bool{}}
	w.worker = New(w.db, map[string]api.TaskHandler{letter: w.hands.handle, picture: other.handle}, w.logger)
	w.enqueue(letter, "to one", 1)
	w.enqueue(picture, "a", 0)
	w.enqueueIn(time.Hour, picture, "later", 0)
	before := w.rows()
	w.drain()
	if rows := w.rows(); len(rows) != 1 || rows[0].Subject != "later" || rows[0].Attempts != 0 {
		t.Errorf("left: %+v", rows)
	}
	w.wantDone("to one")
	if done := w.hands.done; len(done) == 1 && (done[0].ID != before[0].ID || done[0].Kind != letter || *done[0].AccountID != 1) {
		t.Errorf("done: %+v", done)
	}
	if done := other.done; len(done) != 1 || done[0].Subject != "a" || done[0].AccountID != nil {
		t.Errorf("done by the other: %+v", done)
	}
}

func TestAFailureIsTriedAgainAndGivenUpInTheEnd(t *testing.T) {
	w := newWorld(t)
	w.hands.during = func(context.Context, api.Task) error { return errors.New("the postman is on holiday") }
	w.enqueue(letter, "S3CRET", 1)
	for try := 1; try < mostTries; try++ {
		w.drain()
		rows := w.rows()
		if len(rows) != 1 || rows[0].Attempts != try {
			t.Fatalf("after %d tries: %+v", try, rows)
		}
		wait := rows[0].DueAt.Sub(w.worker.now())
		if low, high := min(longestWait, firstWait<<(try-1)), longestWait*5/4; wait < low-10*time.Second || wait > high {
			t.Errorf("after %d tries it waits %s", try, wait)
		}
		w.wait(wait + time.Second)
	}
	w.wantInLog("level=ERROR", 0)
	w.drain()
	w.wantEmpty()
	w.wantInLog("given up", 1)
	w.wantInLog("level=ERROR", 1)
	// The subject of a task may name what nobody is to see.
	w.wantInLog("S3CRET", 0)
	w.wantInLog("the postman is on holiday", mostTries)
}

func TestWhatIsHopelessIsGivenUpAtOnce(t *testing.T) {
	w := newWorld(t)
	w.hands.during = func(context.Context, api.Task) error { return fmt.Errorf("%w: 550", api.ErrHopeless) }
	w.enqueue(letter, "a", 1)
	w.drain()
	w.wantEmpty()
	w.wantInLog("given up", 1)
	w.wantInLog("level=ERROR", 1)
}

func TestWhatIsMootIsDroppedWithoutAlarm(t *testing.T) {
	w := newWorld(t)
	w.hands.during = func(context.Context, api.Task) error { return fmt.Errorf("%w: it is off", api.ErrMoot) }
	w.enqueue(letter, "a", 1)
	w.drain()
	w.wantEmpty()
	w.wantInLog("dropped", 1)
	w.wantInLog("level=WARN", 0)
	w.wantInLog("level=ERROR", 0)
}

func TestATaskOfAnotherReleaseIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.enqueue("carrier_pigeon", "17", 1)
	before := w.rows()
	w.enqueue(letter, "a", 1)
	w.drain()
	// Nor does it hold up what this release knows.
	w.wantDone("a")
	if rows := w.rows(); len(rows) != 1 || rows[0].Kind != "carrier_pigeon" || rows[0].Attempts != 0 || !rows[0].DueAt.Equal(before[0].DueAt) {
		t.Errorf("left: %+v", rows)
	}
}

func TestTriesThatEndedWithTheProcessCount(t *testing.T) {
	w := newWorld(t)
	w.enqueue(letter, "a", 1)
	w.exec("UPDATE outbox SET attempts = ?", mostTries)
	w.drain()
	w.wantEmpty()
	w.wantDone()
	w.wantInLog("given up", 1)
}

func TestTasksOfOneAccountAreDoneInTheirOrderAlsoWhenTheFirstHasToWait(t *testing.T) {
	w := newWorld(t)
	tries := 0
	w.hands.during = func(_ context.Context, task api.Task) error {
		if task.Subject != "first" {
			return nil
		}
		if tries++; tries == 1 {
			return errors.New("not now")
		}
		return nil
	}
	w.enqueue(letter, "first", 1)
	w.enqueue(picture, "second", 1)
	w.enqueue(letter, "third", 1)
	w.enqueue(letter, "of another", 2)
	w.enqueue(letter, "of nobody", 0)
	w.drain()
	if got := slices.Sorted(slices.Values(w.hands.subjects())); !slices.Equal(got, []string{"of another", "of nobody"}) {
		t.Errorf("done: %v", got)
	}
	w.hands.done = nil
	w.wait(2 * time.Minute)
	w.drain()
	w.wantDone("first", "second", "third")
	w.wantEmpty()
}

func TestATaskForLaterHoldsUpNoneOfItsAccount(t *testing.T) {
	w := newWorld(t)
	w.enqueueIn(time.Hour, letter, "reminder", 1)
	w.enqueue(letter, "now", 1)
	w.drain()
	w.wantDone("now")
	w.hands.done = nil
	w.wait(2 * time.Hour)
	w.drain()
	w.wantDone("reminder")
	w.wantEmpty()
}

func TestABacklogOfOneAccountHoldsUpNobodyElse(t *testing.T) {
	w := newWorld(t)
	for range 2 * batchSize {
		w.enqueue(letter, "a", 1)
	}
	w.enqueue(letter, "b", 2)
	w.worker.drain(t.Context())
	if !slices.Contains(w.hands.subjects(), "b") {
		t.Errorf("done: %v", w.hands.subjects())
	}
}

// Half of the tasks fail once. Hands see to it that nothing is done twice at a time.
func TestManyWorkersDoEachTaskOnceAndInOrder(t *testing.T) {
	w := newWorld(t)
	const tasks = 60
	for i := range tasks {
		w.enqueue([]string{letter, picture}[i%2], fmt.Sprint(i), int64(i%4)) // 0 is nobody
	}
	var failed sync.Map
	w.hands.during = func(_ context.Context, task api.Task) error {
		time.Sleep(time.Millisecond)
		if _, again := failed.LoadOrStore(task.ID, true); !again && task.ID%4 < 2 {
			return errors.New("not now")
		}
		return nil
	}
	for round := 0; len(w.rows()) > 0; round++ {
		if round > tasks {
			t.Fatalf("left: %+v", w.rows())
		}
		var workers sync.WaitGroup
		for range 4 {
			worker := w.newWorker(w.hands)
			workers.Go(func() {
				for worker.drain(t.Context()) {
				}
			})
		}
		workers.Wait()
		w.wait(2 * firstWait)
	}
	last := map[int64]int64{}
	for _, task := range w.hands.done {
		if task.AccountID == nil {
			continue
		}
		if task.ID < last[*task.AccountID] {
			t.Errorf("task %d of account %d was done after %d", task.ID, *task.AccountID, last[*task.AccountID])
		}
		last[*task.AccountID] = task.ID
	}
	if subjects := slices.Sorted(slices.Values(w.hands.subjects())); len(subjects) != tasks || len(slices.Compact(subjects)) != tasks {
		t.Errorf("%d tasks were done", len(subjects))
	}
}

func TestATaskIsAnothersOnlyWhenItsLeaseHasEnded(t *testing.T) {
	w := newWorld(t)
	taken, release := make(chan struct{}), make(chan struct{})
	hanging := &hands{t: t, inHand: map[string]bool{}, during: func(context.Context, api.Task) error {
		close(taken)
		<-release
		return errors.New("too late")
	}}
	w.enqueue(letter, "first", 1)
	w.enqueue(letter, "second", 1)
	before := w.rows()
	var first sync.WaitGroup
	hung := w.newWorker(hanging)
	first.Go(func() { hung.drain(t.Context()) })
	<-taken
	w.wait(lease - 10*time.Second)
	w.drain()
	w.wantDone()
	// As if the first worker had been killed.
	w.wait(20 * time.Second)
	w.drain()
	w.wantDone("first", "second")
	if done := w.hands.done; len(done) == 2 && done[0].ID != before[0].ID {
		t.Errorf("it came back as %+v", done[0])
	}
	close(release)
	first.Wait()
	w.wantEmpty()
}

func TestAWorkerThatHasLostATaskLeavesItToTheOther(t *testing.T) {
	w := newWorld(t)
	w.hands.during = func(context.Context, api.Task) error {
		w.exec("UPDATE outbox SET due_at = '2100-01-01', attempts = 2")
		return errors.New("too late")
	}
	w.enqueue(letter, "a", 1)
	w.drain()
	if rows := w.rows(); len(rows) != 1 || rows[0].DueAt.Year() != 2100 || rows[0].Attempts != 2 {
		t.Errorf("left: %+v", rows)
	}
}

func TestRunFinishesWhatItHasInHand(t *testing.T) {
	w := newWorld(t)
	inHand := make(chan struct{})
	w.hands.during = func(ctx context.Context, _ api.Task) error {
		close(inHand)
		time.Sleep(100 * time.Millisecond)
		return ctx.Err()
	}
	w.enqueue(letter, "a", 1)
	w.enqueue(letter, "b", 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		w.worker.Run(ctx)
		close(done)
	}()
	<-inHand
	cancel()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
	w.wantDone("a")
	if rows := w.rows(); len(rows) != 1 || rows[0].Attempts != 0 {
		t.Errorf("left: %+v", rows)
	}
}

func TestRunFindsWhatComesLater(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	found := make(chan struct{})
	w.hands.during = func(context.Context, api.Task) error { close(found); return nil }
	done := make(chan struct{})
	go func() {
		w.worker.Run(ctx)
		close(done)
	}()
	time.Sleep(50 * time.Millisecond)
	w.enqueue(letter, "a", 1)
	select {
	case <-found:
	case <-ctx.Done():
		t.Error("it was not found")
	}
	cancel()
	<-done
}

func TestADatabaseThatIsAwayIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	w.exec("RENAME TABLE outbox TO outbox_away")
	for range 3 {
		if w.worker.drain(t.Context()) {
			t.Error("there is more")
		}
	}
	w.exec("RENAME TABLE outbox_away TO outbox")
	w.drain()
	w.wantInLog("cannot be read", 1)
}

func TestTidy(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UTC()
	const day = 24 * time.Hour
	for i, age := range []time.Duration{23 * time.Hour, 25 * time.Hour} {
		w.exec("INSERT INTO idempotency_keys (account_id, route, claim, body_hash, created_at) VALUES (1, 'POST /', ?, ?, ?)", fmt.Sprint(i), strings.Repeat("h", 32), now.Add(-age))
	}
	session := func(id int, expires, ended time.Duration) {
		var at *time.Time
		if ended != 0 {
			then := now.Add(-ended)
			at = &then
		}
		w.exec("INSERT INTO sessions (id, account_id, user_agent, created_at, last_used_at, expires_at, ended_at) VALUES (?, 1, '', ?, ?, ?, ?)", id, now, now, now.Add(-expires), at)
	}
	token := func(name string, session int, used time.Duration) {
		var at *time.Time
		if used != 0 {
			then := now.Add(-used)
			at = &then
		}
		w.exec("INSERT INTO refresh_tokens (token_hash, session_id, created_at, used_at) VALUES (?, ?, ?, ?)", name+strings.Repeat("\xff", 32-len(name)), session, now, at)
	}
	session(1, -day, 0)
	session(2, 29*day, 0)
	session(3, 31*day, 0)
	session(4, -day, 29*day)
	session(5, -day, 31*day)
	token("a", 1, 0)
	token("b", 1, 29*day)
	token("c", 1, 31*day)
	token("d", 3, 0)
	token("e", 5, 0)
	// More than one batch.
	old := sq.Insert("refresh_tokens").Columns("token_hash", "session_id", "created_at", "used_at")
	for i := range tidyBatch + 1 {
		old = old.Values(fmt.Sprintf("%032d", i), 1, now, now.Add(-40*day))
	}
	if _, err := db.Exec(t.Context(), w.db, old); err != nil {
		t.Fatal(err)
	}

	w.worker.tidy(t.Context())
	for query, want := range map[string]string{
		"SELECT GROUP_CONCAT(claim ORDER BY claim) FROM idempotency_keys":                             "0",
		"SELECT GROUP_CONCAT(id ORDER BY id) FROM sessions":                                           "1,2,4",
		"SELECT GROUP_CONCAT(CHAR(ASCII(token_hash)) ORDER BY ASCII(token_hash)) FROM refresh_tokens": "a,b",
	} {
		var got string
		if err := w.db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s instead of %s, %v", query, got, want, err)
		}
	}
}
