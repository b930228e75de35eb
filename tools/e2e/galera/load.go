package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

const (
	loadStylists = 4
	loadModels   = 8
	offersOpen   = 5 // of each stylist
	newcomers    = 3 * time.Second
	settleTime   = time.Minute // after a fault, until all is as before
)

// load is people who use the product all at once, each of whom sends a write until
// it is answered, and a ledger of what was acknowledged to them.
type load struct {
	*stage
	people []*person
	gate   sync.RWMutex // held for writing, it stops the load between two requests
	ended  chan struct{}
	all    sync.WaitGroup

	mu     sync.Mutex
	board  []offer
	live   []booking
	ledger ledger
}

// ledger is every write that was acknowledged: of the histories, which only grow,
// each step, and of what is overwritten the last value.
type ledger struct {
	accounts  map[int64]string  // emails
	offers    map[int64]string  // states of recruitments
	steps     map[step]bool     // of bookings
	favorites map[favorite]bool // whether it is one
	statuses  map[int64]string  // the profiles' messages
}

type step struct {
	BookingID int64
	State     string
}

type favorite struct{ ModelID, RecruitmentID int64 }

// booking is one that may still take place.
type booking struct {
	id    int64
	model *person
	offer offer
}

func (s *stage) newLoad(ctx context.Context) (*load, error) {
	l := &load{stage: s, ended: make(chan struct{}), ledger: ledger{map[int64]string{}, map[int64]string{}, map[step]bool{}, map[favorite]bool{}, map[int64]string{}}}
	if err := s.up(ctx); err != nil {
		return nil, err
	}
	for i := range loadStylists + loadModels {
		p, err := l.newcomer(ctx, i < loadStylists)
		if err != nil {
			return nil, err
		}
		l.people = append(l.people, p)
	}
	for _, p := range l.people {
		l.worker(ctx, 0, func() error { return l.do(ctx, p) })
	}
	l.worker(ctx, newcomers, func() error {
		_, err := l.newcomer(ctx, false)
		return err
	})
	return l, nil
}

// worker repeats something until the load ends.
func (l *load) worker(ctx context.Context, pause time.Duration, do func() error) {
	l.all.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.ended:
				return
			case <-time.After(pause + rand.N(20*time.Millisecond)):
			}
			l.gate.RLock()
			err := do()
			l.gate.RUnlock()
			if err != nil && ctx.Err() == nil {
				l.fault("%v", err)
			}
		}
	})
}

func (l *load) end() {
	close(l.ended)
	l.all.Wait()
}

func (l *load) newcomer(ctx context.Context, isStylist bool) (*person, error) {
	role := "model"
	if isStylist {
		role = "stylist"
	}
	p, err := l.newPerson(ctx, role)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ledger.accounts[p.id] = p.email
	return p, nil
}

// do is one thing that somebody does.
func (l *load) do(ctx context.Context, p *person) error {
	if err := l.fresh(ctx, p); err != nil {
		return err
	}
	switch n := rand.N(100); {
	case n < 15:
		path := []string{"/v1/me/bookings", "/v1/recruitments?service=cut&sort=newest", "/v1/me"}[rand.N(3)]
		l.insist(ctx, request{who: p, method: http.MethodGet, path: path}, http.StatusOK)
	case n < 25:
		l.write(ctx, p)
	case p.role == "stylist" && n < 40:
		return l.offerSlot(ctx, p)
	case p.role == "stylist":
		l.move(ctx, p, "accept", "accept", "accept", "decline", "cancel")
	case n < 60:
		return l.apply(ctx, p)
	case n < 75:
		l.move(ctx, p, "withdraw", "cancel")
	default:
		l.favor(ctx, p)
	}
	return nil
}

// write changes a profile.
func (l *load) write(ctx context.Context, p *person) {
	text := key()
	a := l.insist(ctx, request{p, http.MethodPatch, "/v1/me/profile", map[string]any{"statusMessage": text}, ""}, http.StatusOK)
	if a.status == http.StatusOK {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ledger.statuses[p.id] = text
	}
}

// offerSlot publishes a recruitment, and closes the stylist's oldest one when
// enough are open.
func (l *load) offerSlot(ctx context.Context, p *person) error {
	l.mu.Lock()
	var own []offer
	for _, o := range l.board {
		if o.by == p {
			own = append(own, o)
		}
	}
	l.mu.Unlock()
	if len(own) >= offersOpen {
		l.insist(ctx, request{p, http.MethodPost, fmt.Sprintf("/v1/recruitments/%d/close", own[0].id), nil, key()}, http.StatusOK)
		l.mu.Lock()
		l.ledger.offers[own[0].id] = "closed"
		l.board = slices.DeleteFunc(l.board, func(o offer) bool { return o.id == own[0].id })
		l.mu.Unlock()
	}
	o, err := l.publish(ctx, p, rand.N(2) == 0, l.hour(), 3)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ledger.offers[o.id] = "open"
	l.board = append(l.board, o)
	return nil
}

// apply makes a booking, and looks for it through whichever server.
func (l *load) apply(ctx context.Context, p *person) error {
	l.mu.Lock()
	if len(l.board) == 0 {
		l.mu.Unlock()
		return nil
	}
	o := l.board[rand.N(len(l.board))]
	l.mu.Unlock()
	a := l.insist(ctx, o.apply(p, key()), http.StatusCreated, http.StatusConflict)
	if a.status != http.StatusCreated {
		return nil
	}
	id, err := idOf(a)
	if err != nil {
		return err
	}
	state := "applied"
	if o.instant {
		state = "confirmed"
	}
	l.mu.Lock()
	l.ledger.steps[step{id, state}] = true
	l.live = append(l.live, booking{id, p, o})
	l.mu.Unlock()
	l.insist(ctx, request{who: p, method: http.MethodGet, path: fmt.Sprintf("/v1/bookings/%d", id)}, http.StatusOK)
	return nil
}

var outcomes = map[string]string{"accept": "confirmed", "decline": "declined", "withdraw": "withdrawn", "cancel": "cancelled"}

// move does one of the actions to a booking of the person's.
func (l *load) move(ctx context.Context, p *person, actions ...string) {
	l.mu.Lock()
	var own []booking
	for _, b := range l.live {
		if b.model == p || b.offer.by == p {
			own = append(own, b)
		}
	}
	l.mu.Unlock()
	if len(own) == 0 {
		return
	}
	b, action := own[rand.N(len(own))], actions[rand.N(len(actions))]
	a := l.insist(ctx, act(p, b.id, action, key()), http.StatusOK, http.StatusConflict)
	if a.status != http.StatusOK {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ledger.steps[step{b.id, outcomes[action]}] = true
	if action != "accept" {
		l.live = slices.DeleteFunc(l.live, func(other booking) bool { return other.id == b.id })
	}
}

// favor keeps a recruitment, or lets go of it.
func (l *load) favor(ctx context.Context, p *person) {
	l.mu.Lock()
	if len(l.board) == 0 {
		l.mu.Unlock()
		return
	}
	o := l.board[rand.N(len(l.board))]
	l.mu.Unlock()
	method := []string{http.MethodPut, http.MethodDelete}[rand.N(2)]
	a := l.insist(ctx, request{p, method, fmt.Sprintf("/v1/recruitments/%d/favorite", o.id), nil, ""}, http.StatusNoContent)
	if a.status == http.StatusNoContent {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ledger.favorites[favorite{p.id, o.id}] = method == http.MethodPut
	}
}

// check stops the load and looks on every node whether all that was acknowledged
// is there, whether the audit is sound, and whether all nodes hold the same.
func (l *load) check(ctx context.Context) error {
	for _, server := range l.servers {
		if err := server.ready(ctx); err != nil {
			return err
		}
	}
	l.gate.Lock()
	defer l.gate.Unlock()
	defer l.tally.resume()
	for _, n := range l.nodes {
		if err := l.on(ctx, n, func(d *db.DB) error { return l.compare(ctx, n, d) }); err != nil {
			return fmt.Errorf("node %d: %w", n.number, err)
		}
		if err := l.audit(ctx, n); err != nil {
			return fmt.Errorf("node %d: %w", n.number, err)
		}
	}
	return l.same(ctx)
}

func (l *load) compare(ctx context.Context, n *node, d *db.DB) error {
	lost := func(format string, args ...any) { l.loss("node %d: "+format, append([]any{n.number}, args...)...) }
	type text struct {
		ID    int64
		Value string
	}
	for what, kept := range map[string]struct {
		query  sq.SelectBuilder
		values map[int64]string
	}{
		"account":     {sq.Select("id", "email AS value").From("accounts"), l.ledger.accounts},
		"recruitment": {sq.Select("id", "state AS value").From("recruitments"), l.ledger.offers},
		"profile":     {sq.Select("a.id", "COALESCE(s.status_message, m.status_message) AS value").From("accounts a").LeftJoin("stylists s ON s.account_id = a.id").LeftJoin("models m ON m.account_id = a.id"), l.ledger.statuses},
	} {
		found, err := db.Select[text](ctx, d, kept.query)
		if err != nil {
			return err
		}
		values := map[int64]string{}
		for _, row := range found {
			values[row.ID] = row.Value
		}
		for id, value := range kept.values {
			if values[id] != value {
				lost("%s %d was acknowledged as %q and is %q", what, id, value, values[id])
			}
		}
	}
	steps, err := db.Select[step](ctx, d, sq.Select("booking_id", "state").From("booking_events"))
	if err != nil {
		return err
	}
	for was := range l.ledger.steps {
		if !slices.Contains(steps, was) {
			lost("booking %d was acknowledged as %s", was.BookingID, was.State)
		}
	}
	favorites, err := db.Select[favorite](ctx, d, sq.Select("model_id", "recruitment_id").From("favorites"))
	if err != nil {
		return err
	}
	for was, kept := range l.ledger.favorites {
		if slices.Contains(favorites, was) != kept {
			lost("favorite %v was acknowledged as %v", was, kept)
		}
	}
	return nil
}

// same waits until all nodes have the same in every table: the outbox goes on
// meanwhile.
func (l *load) same(ctx context.Context) error {
	var sums [nodeCount]map[string]int64
	for begin := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		for i, n := range l.nodes {
			var err error
			if sums[i], err = l.sums(ctx, n); err != nil {
				return err
			}
		}
		different := ""
		for table, sum := range sums[0] {
			if sums[1][table] != sum || sums[2][table] != sum {
				different = table
			}
		}
		if different == "" {
			return nil
		}
		if time.Since(begin) > settleTime {
			return errors.New("the nodes differ in table " + different)
		}
	}
}

func (l *load) sums(ctx context.Context, n *node) (sums map[string]int64, err error) {
	sums = map[string]int64{}
	err = l.on(ctx, n, func(d *db.DB) error {
		tables, err := db.Select[struct{ Name string }](ctx, d, sq.Select("table_name AS name").From("information_schema.tables").Where("table_schema = DATABASE() AND table_type = 'BASE TABLE'"))
		if err != nil {
			return err
		}
		for _, table := range tables {
			var name string
			var sum *int64
			if err := d.QueryRowContext(ctx, "CHECKSUM TABLE `"+table.Name+"`").Scan(&name, &sum); err != nil {
				return err
			}
			if sum != nil {
				sums[table.Name] = *sum
			}
		}
		return nil
	})
	return sums, err
}
