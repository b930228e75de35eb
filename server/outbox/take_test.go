package outbox

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"freety/routes/api"
)

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

func TestRunFindsWhatComesLater(t *testing.T) {
	w := newWorld(t)
	found := make(chan struct{})
	w.hands.during = func(context.Context, api.Task) error { close(found); return nil }
	w.run(w.worker)
	time.Sleep(50 * time.Millisecond)
	w.enqueue(letter, "a", 1)
	w.await(found, "it was not found")
}

func TestSlowTasksDoNotHoldUpFastOnes(t *testing.T) {
	w := newWorld(t)
	const slow = 40
	for i := range slow {
		w.enqueue(picture, fmt.Sprint(i), 0)
	}
	w.enqueue(letter, "first", 1)
	w.enqueue(letter, "second", 1)
	hanging := make(chan struct{}, slow)
	fast := make(chan struct{}, 2)
	w.hands.during = func(ctx context.Context, task api.Task) error {
		if task.Kind == letter {
			fast <- struct{}{}
			return nil
		}
		hanging <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	stop := w.run(w.worker)
	w.await(fast, "those that hang hold it up")
	w.await(fast, "those that hang hold up the second one")
	stop()
	if len(hanging) != slow || len(w.rows()) != slow {
		t.Errorf("%d hang, %d are left", len(hanging), len(w.rows()))
	}
}

func TestNoMoreTasksAreInHandThanAreAllowed(t *testing.T) {
	w := newWorld(t)
	for i := range mostInHand + 2*batchSize {
		w.enqueue(picture, fmt.Sprint(i), 0)
	}
	var inHand, most atomic.Int64
	full := make(chan struct{})
	w.hands.during = func(ctx context.Context, _ api.Task) error {
		if n := inHand.Add(1); n > most.Load() {
			most.Store(n)
			if n == mostInHand {
				close(full)
			}
		}
		<-ctx.Done()
		return ctx.Err()
	}
	stop := w.run(w.worker)
	w.await(full, "slow tasks do not make room")
	time.Sleep(2 * slowAfter)
	stop()
	if most.Load() != mostInHand {
		t.Errorf("%d were in hand", most.Load())
	}
}

func TestRowsThatAnotherWorkerIsTakingArePassedOver(t *testing.T) {
	w := newWorld(t)
	w.enqueue(letter, "taken", 1)
	w.enqueue(letter, "behind it", 1)
	w.enqueue(letter, "free", 2)
	tx, err := w.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "SELECT id FROM outbox WHERE id = ? FOR UPDATE", w.rows()[0].ID); err != nil {
		t.Fatal(err)
	}
	w.drain()
	w.wantDone("free")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	w.drain()
	w.wantDone("free", "taken", "behind it")
}

func TestRowsThatCouldNotBeTakenAreLeft(t *testing.T) {
	w := newWorld(t)
	w.enqueue(letter, "a", 1)
	w.exec("CREATE TRIGGER full BEFORE UPDATE ON outbox FOR EACH ROW SIGNAL SQLSTATE '45000'")
	w.drain()
	w.wantDone()
	w.wantInLog("cannot be read", 1)
	if rows := w.rows(); len(rows) != 1 || rows[0].Attempts != 0 {
		t.Errorf("left: %+v", rows)
	}
}

// The trigger answers like a cluster, on another node of which a worker that was
// faster has taken the first rows.
func TestTheLoserOfARaceStartsElsewhere(t *testing.T) {
	w := newWorld(t)
	const tasks = 30 * batchSize
	for i := range tasks {
		w.enqueue(picture, fmt.Sprint(i), 0)
	}
	first := w.rows()[:2*batchSize]
	w.exec(fmt.Sprintf("CREATE TRIGGER faster BEFORE UPDATE ON outbox FOR EACH ROW IF OLD.id <= %d THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; END IF", first[len(first)-1].ID))
	if n := w.worker.begin(t.Context()); n != batchSize {
		t.Fatalf("%d rows were taken", n)
	}
	w.worker.inHand.Wait()
	if !w.worker.crowded {
		t.Error("it starts at the first rows again")
	}
	w.exec("DELETE FROM outbox WHERE id <= ?", first[len(first)-1].ID) // it has done them
	w.drain()
	w.wantEmpty()
	if done := w.hands.subjects(); len(done) != tasks-len(first) {
		t.Errorf("%d tasks are done", len(done))
	}
	if w.worker.crowded {
		t.Error("it does not return to the oldest rows when there is no backlog")
	}
}

func TestADatabaseThatIsAwayIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	w.exec("RENAME TABLE outbox TO outbox_away")
	for range 3 {
		if w.worker.begin(t.Context()) > 0 {
			t.Error("there is more")
		}
	}
	w.exec("RENAME TABLE outbox_away TO outbox")
	w.drain()
	w.wantInLog("cannot be read", 1)
}
