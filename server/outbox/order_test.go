package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"freety/routes/api"
)

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

func TestATaskThatMustWaitHoldsUpTheLaterOnesOfItsAccount(t *testing.T) {
	w := newWorld(t)
	at := time.Now().Add(time.Minute)
	w.hands.during = func(_ context.Context, task api.Task) error {
		if task.Subject == "first" && w.worker.now().Before(at) {
			return &api.NotYet{Before: at}
		}
		return nil
	}
	w.enqueue(letter, "first", 1)
	w.enqueue(letter, "second", 1)
	w.drain()
	w.wantDone()
	w.wantInLog("level=", 0)
	if due := w.rows()[0].DueAt; due.Sub(at).Abs() > time.Millisecond {
		t.Errorf("due at %s, not %s", due, at)
	}
	w.wait(time.Minute + time.Second)
	w.drain()
	w.wantDone("first", "second")
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
	w.worker.begin(t.Context())
	w.worker.inHand.Wait()
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
			workers.Go(func() { drain(t.Context(), worker) })
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
