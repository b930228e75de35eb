package accounts

import (
	"context"
	"slices"
	"sync"

	"freety/routes/api"
)

const waitingPerTurn = 16 // in one line: some five seconds

// turns lets a few hash passwords at once, in this process. In a line the
// addresses take turns, however many requests each of them sends. Those who have
// signed in from their address before have a line of their own, which goes first.
// Both are short: who finds no place is refused at once, unless another address
// has more than its share of them.
type turns struct {
	mu        sync.Mutex
	free      int
	most      int // who wait in a line
	regulars  line
	strangers line
}

func newTurns(atOnce int) *turns {
	return &turns{free: atOnce, most: waitingPerTurn * atOnce}
}

// line holds those who wait, by address. The next turn is the first address's.
type line struct {
	addresses []string
	waiting   map[string][]chan error
	length    int
}

// take waits for a turn; give ends it.
func (t *turns) take(ctx context.Context, address string, known bool) error {
	l := &t.strangers
	if known {
		l = &t.regulars
	}
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	if l.length == t.most && !l.makeRoom(address) {
		t.mu.Unlock()
		return noTurn()
	}
	mine := make(chan error, 1)
	l.add(address, mine)
	t.mu.Unlock()
	select {
	case err := <-mine:
		return err
	case <-ctx.Done():
	}
	t.mu.Lock()
	waits := l.remove(address, mine)
	t.mu.Unlock()
	if !waits && <-mine == nil {
		t.give()
	}
	return ctx.Err()
}

// give passes a turn on.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range []*line{&t.regulars, &t.strangers} {
		if l.length > 0 {
			address := l.addresses[0]
			first := l.waiting[address][0]
			l.remove(address, first)
			if len(l.waiting[address]) > 0 {
				l.addresses = append(l.addresses[1:], address)
			}
			first <- nil
			return
		}
	}
	t.free++
}

func noTurn() error {
	return api.Unavailable("unavailable", "Too many people sign in just now; try again in a few seconds.", nil)
}

func (l *line) add(address string, who chan error) {
	if l.waiting == nil {
		l.waiting = map[string][]chan error{}
	}
	if len(l.waiting[address]) == 0 {
		l.addresses = append(l.addresses, address)
	}
	l.waiting[address] = append(l.waiting[address], who)
	l.length++
}

// remove reports whether who still waited.
func (l *line) remove(address string, who chan error) bool {
	i := slices.Index(l.waiting[address], who)
	if i < 0 {
		return false
	}
	l.length--
	if l.waiting[address] = slices.Delete(l.waiting[address], i, i+1); len(l.waiting[address]) == 0 {
		delete(l.waiting, address)
		l.addresses = slices.DeleteFunc(l.addresses, func(a string) bool { return a == address })
	}
	return true
}

// makeRoom refuses the last request of the address with the most, if that has more
// than this address would have with one more.
func (l *line) makeRoom(address string) bool {
	most := slices.MaxFunc(l.addresses, func(a, b string) int { return len(l.waiting[a]) - len(l.waiting[b]) })
	all := l.waiting[most]
	if len(all) <= len(l.waiting[address])+1 {
		return false
	}
	last := all[len(all)-1]
	l.remove(most, last)
	last <- noTurn()
	return true
}
