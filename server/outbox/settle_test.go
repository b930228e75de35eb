package outbox

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"freety/routes/api"
)

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

func TestTriesThatEndedWithTheProcessCount(t *testing.T) {
	w := newWorld(t)
	w.enqueue(letter, "a", 1)
	w.exec("UPDATE outbox SET attempts = ?", mostTries)
	w.drain()
	w.wantEmpty()
	w.wantDone()
	w.wantInLog("given up", 1)
}
