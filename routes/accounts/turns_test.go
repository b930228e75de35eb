package accounts

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"freety/routes/api"
)

// queue lets requests wait for the one turn, and notes in which order they get it.
type queue struct {
	t     *testing.T
	turns *turns
	got   []string
	fails map[string]int // statuses of those who were refused, by address
}

func newQueue(t *testing.T) *queue {
	q := &queue{t: t, turns: newTurns(1), fails: map[string]int{}}
	if err := q.turns.take(t.Context(), "first", false); err != nil {
		t.Fatal(err)
	}
	return q
}

func (q *queue) add(ctx context.Context, address string, known bool) {
	go func() {
		err := q.turns.take(ctx, address, known)
		if p := (*api.Problem)(nil); errors.As(err, &p) {
			q.fails[address] = p.Status
			if p.GetHeaders().Get("Retry-After") == "" {
				q.t.Errorf("%s is not told when to come again", address)
			}
		} else if err == nil {
			q.got = append(q.got, address)
		}
	}()
	synctest.Wait()
}

// drain ends one turn after the other until nobody waits.
func (q *queue) drain() []string {
	for q.turns.free == 0 {
		q.turns.give()
		synctest.Wait()
	}
	return q.got
}

func TestAddressesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)
		for _, address := range []string{"a", "a", "a", "b", "b", "c"} {
			q.add(t.Context(), address, false)
		}
		if got := q.drain(); !slices.Equal(got, []string{"a", "b", "c", "a", "b", "a"}) {
			t.Errorf("the turns went to %v", got)
		}
	})
}

func TestWhoHasSignedInBeforeComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)
		q.add(t.Context(), "stranger", false)
		q.add(t.Context(), "regular", true)
		if got := q.drain(); !slices.Equal(got, []string{"regular", "stranger"}) {
			t.Errorf("the turns went to %v", got)
		}
	})
}

func TestALineIsBoundedAndNewAddressesArePutBeforeGreedyOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)
		for range waitingPerTurn / 2 {
			q.add(t.Context(), "a", false)
			q.add(t.Context(), "b", false)
		}
		// Each new address takes a place of those who have most, until all have one.
		for i := range waitingPerTurn + 1 {
			q.add(t.Context(), string(rune('A'+i)), false)
		}
		last := string(rune('A' + waitingPerTurn))
		if q.turns.strangers.length != waitingPerTurn || q.fails["a"] != http.StatusServiceUnavailable || q.fails[last] != http.StatusServiceUnavailable || q.fails["A"] != 0 {
			t.Errorf("%d wait; refused are %v", q.turns.strangers.length, q.fails)
		}
		if got := q.drain(); len(got) != waitingPerTurn {
			t.Errorf("%d had a turn", len(got))
		}
	})
}

func TestWhoGoesAwayLeavesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t)
		ctx, cancel := context.WithCancel(t.Context())
		q.add(ctx, "gone", false)
		q.add(t.Context(), "a", false)
		cancel()
		synctest.Wait()
		if got := q.drain(); !slices.Equal(got, []string{"a"}) || q.turns.free != 1 || len(q.turns.strangers.waiting) != 0 {
			t.Errorf("the turns went to %v; %d are free", got, q.turns.free)
		}
	})
}
