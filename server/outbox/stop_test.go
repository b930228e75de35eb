package outbox

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"freety/routes/api"
)

func TestAStopCutsOffWhatIsInHandAndGivesItBack(t *testing.T) {
	w := newWorld(t)
	inHand := make(chan struct{}, 2)
	w.hands.during = func(ctx context.Context, _ api.Task) error {
		inHand <- struct{}{}
		<-ctx.Done()
		return errors.New("the connection is closed")
	}
	w.enqueue(letter, "a", 1)
	w.enqueue(letter, "b", 2)
	w.enqueue(letter, "c", 2)
	stop := w.run(w.worker)
	w.await(inHand, "nothing is in hand")
	w.await(inHand, "one is in hand")
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > slowAfter+settleTime {
		t.Errorf("the stop took %s", took)
	}
	// As if they had not been tried: another server does them at once.
	for _, row := range w.rows() {
		if row.Attempts != 0 || row.DueAt.After(w.worker.now()) {
			t.Errorf("left: %+v", row)
		}
	}
	w.wantInLog("failed", 0)
	other := &hands{t: t, inHand: map[string]bool{}}
	drain(t.Context(), w.newWorker(other))
	w.wantEmpty()
	if done := other.subjects(); len(done) != 3 {
		t.Errorf("done: %v", done)
	}
}

func TestWhatIsDoneDespiteAStopIsNotDoneAgain(t *testing.T) {
	w := newWorld(t)
	inHand := make(chan struct{})
	w.hands.during = func(ctx context.Context, _ api.Task) error {
		close(inHand)
		<-ctx.Done()
		return nil
	}
	w.enqueue(letter, "a", 1)
	stop := w.run(w.worker)
	w.await(inHand, "nothing is in hand")
	stop()
	w.wantDone("a")
	w.wantEmpty()
}

func TestATaskInHandKeepsItsLease(t *testing.T) {
	w := newWorld(t)
	w.worker.lease = 600 * time.Millisecond
	inHand, release := make(chan struct{}), make(chan struct{})
	w.hands.during = func(context.Context, api.Task) error {
		close(inHand)
		<-release
		return nil
	}
	w.enqueue(letter, "a", 1)
	w.worker.begin(t.Context())
	w.await(inHand, "nothing is in hand")
	first := w.rows()[0].DueAt
	other := w.newWorker(&hands{t: t, inHand: map[string]bool{}, during: func(context.Context, api.Task) error {
		t.Error("another worker has it")
		return nil
	}})
	for time.Now().Before(first.Add(2 * w.worker.lease)) {
		drain(t.Context(), other)
		time.Sleep(10 * time.Millisecond)
	}
	close(release)
	w.worker.inHand.Wait()
	w.wantDone("a")
	w.wantEmpty()
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
	first.Go(func() { drain(t.Context(), hung) })
	<-taken
	w.wait(leaseTime - 5*time.Second)
	w.drain()
	w.wantDone()
	// As if the first worker had been killed.
	w.wait(10 * time.Second)
	w.drain()
	w.wantDone("first", "second")
	if done := w.hands.done; len(done) == 2 && done[0].ID != before[0].ID {
		t.Errorf("it came back as %+v", done[0])
	}
	close(release)
	first.Wait()
	w.wantEmpty()
}

func TestAWorkerThatHasLostATaskStopsAndLeavesItToTheOther(t *testing.T) {
	w := newWorld(t)
	w.worker.lease = 150 * time.Millisecond
	w.hands.during = func(ctx context.Context, _ api.Task) error {
		w.exec("UPDATE outbox SET due_at = '2100-01-01', attempts = 2")
		select {
		case <-ctx.Done():
		case <-time.After(patience):
			t.Error("it goes on")
		}
		return errors.New("too late")
	}
	w.enqueue(letter, "a", 1)
	w.worker.begin(t.Context())
	w.worker.inHand.Wait()
	if rows := w.rows(); len(rows) != 1 || rows[0].DueAt.Year() != 2100 || rows[0].Attempts != 2 {
		t.Errorf("left: %+v", rows)
	}
	w.wantInLog("its lease has ended", 1)
}

func TestAFailureAfterTheLossOfATaskLeavesItToTheOther(t *testing.T) {
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

// Like one that is stopped and continued, or cut off from the database.
func TestAWorkerThatCannotRenewStopsWhenItsLeaseEnds(t *testing.T) {
	w := newWorld(t)
	w.worker.lease = 300 * time.Millisecond
	w.hands.during = func(ctx context.Context, _ api.Task) error {
		end := w.rows()[0].DueAt
		w.exec("RENAME TABLE outbox TO outbox_away")
		select {
		case <-ctx.Done():
			if time.Now().Before(end.Add(-w.worker.lease / 3)) {
				t.Error("it stops while it has the lease")
			}
		case <-time.After(patience):
			t.Error("it goes on")
		}
		return nil
	}
	w.enqueue(letter, "a", 1)
	w.worker.begin(t.Context())
	w.worker.inHand.Wait()
	w.exec("RENAME TABLE outbox_away TO outbox")
	w.hands.during = nil
	w.drain()
	w.wantEmpty()
}
