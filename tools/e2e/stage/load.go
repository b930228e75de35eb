package stage

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	loadStylists = 4
	loadModels   = 8
	offersOpen   = 5 // of each stylist
	seatsOffered = 3
	newcomers    = 3 * time.Second
)

// Load is people who use the product all at once, each of whom sends a write until
// it is answered, and the ledger of what was acknowledged to them.
type Load struct {
	*Stage
	people []*Person
	gate   sync.RWMutex // held for writing, it stops the load between two requests
	ended  chan struct{}
	all    sync.WaitGroup

	mu     sync.Mutex
	board  []Offer
	live   []booking
	ledger Ledger
}

// booking is one that may still take place.
type booking struct {
	id    int64
	model *Person
	offer Offer
}

// NewLoad has people sign up and begin, each of whom rests that long between two
// things that they do. The servers must be up.
func (s *Stage) NewLoad(ctx context.Context, pause time.Duration) (*Load, error) {
	l := &Load{Stage: s, ended: make(chan struct{}), ledger: newLedger()}
	for i := range loadStylists + loadModels {
		p, err := l.newcomer(ctx, i < loadStylists)
		if err != nil {
			return nil, err
		}
		l.people = append(l.people, p)
	}
	l.Tally.Resume()
	for _, p := range l.people {
		l.worker(ctx, pause, func() error { return l.do(ctx, p) })
	}
	l.worker(ctx, newcomers, func() error {
		_, err := l.newcomer(ctx, false)
		return err
	})
	return l, nil
}

// worker repeats something until the load ends.
func (l *Load) worker(ctx context.Context, pause time.Duration, do func() error) {
	l.all.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.ended:
				return
			case <-time.After(pause/2 + rand.N(pause)):
			}
			l.gate.RLock()
			err := do()
			l.gate.RUnlock()
			if err != nil && ctx.Err() == nil {
				l.Fault("%v", err)
			}
		}
	})
}

// UnderLoad does something while people use the servers, which are up, and then
// looks whether everything that was acknowledged is there, and the audit is sound.
func (s *Stage) UnderLoad(ctx context.Context, dsn string, pause time.Duration, do func(*Load) error) error {
	l, err := s.NewLoad(ctx, pause)
	if err != nil {
		return err
	}
	defer l.End()
	if err := do(l); err != nil {
		return err
	}
	if err := l.Check(ctx); err != nil {
		return err
	}
	return s.Audit(ctx, dsn)
}

// End stops the load for good.
func (l *Load) End() {
	close(l.ended)
	l.all.Wait()
}

func (l *Load) newcomer(ctx context.Context, isStylist bool) (*Person, error) {
	role := "model"
	if isStylist {
		role = "stylist"
	}
	p, err := l.NewPerson(ctx, role)
	if err != nil {
		return nil, err
	}
	l.note(func(kept *Ledger) { kept.Accounts[p.ID] = p })
	return p, nil
}

// do is one thing that somebody does.
func (l *Load) do(ctx context.Context, p *Person) error {
	if err := l.Fresh(ctx, p); err != nil {
		return err
	}
	switch n := rand.N(100); {
	case n < 15:
		path := []string{"/v1/me/bookings", "/v1/recruitments?service=cut&sort=newest", "/v1/me"}[rand.N(3)]
		l.Insist(ctx, Request{Who: p, Method: http.MethodGet, Path: path}, http.StatusOK)
	case n < 20:
		return l.renew(ctx, p)
	case n < 28:
		l.write(ctx, p)
	case p.Role == "stylist" && n < 40:
		return l.offer(ctx, p)
	case p.Role == "stylist" && n < 45:
		return l.upload(ctx, p)
	case p.Role == "stylist":
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

// renew changes a person's tokens. When no answer comes, nobody knows which are good.
func (l *Load) renew(ctx context.Context, p *Person) error {
	switch a := l.SendAny(ctx, p.Renewal()); a.Status {
	case http.StatusOK:
		return p.SignedIn(a)
	case http.StatusUnauthorized:
		l.Loss("the tokens of %s were acknowledged, and are answered with %s", p.Email, a)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.LogIn(ctx, p)
}

// write changes a profile.
func (l *Load) write(ctx context.Context, p *Person) {
	text := NewKey()
	a := l.Insist(ctx, Request{p, http.MethodPatch, "/v1/me/profile", map[string]any{"statusMessage": text}, ""}, http.StatusOK)
	if a.Status == http.StatusOK {
		l.note(func(kept *Ledger) { kept.Statuses[p] = text })
	}
}

// offer publishes a recruitment, and closes the stylist's oldest one when enough
// are open.
func (l *Load) offer(ctx context.Context, p *Person) error {
	if own := l.own(p); len(own) >= offersOpen {
		a := l.Insist(ctx, Request{p, http.MethodPost, own[0].Path() + "/close", nil, NewKey()}, http.StatusOK)
		l.note(func(kept *Ledger) {
			if a.Status == http.StatusOK {
				kept.Offers[own[0]] = "closed"
			}
			l.board = slices.DeleteFunc(l.board, func(o Offer) bool { return o.ID == own[0].ID })
		})
	}
	// Long enough for tables to grow.
	text := strings.Repeat("머리를 다듬습니다. ", 1+rand.N(300))
	o, err := l.Publish(ctx, p, rand.N(2) == 0, l.Hour(), seatsOffered, text)
	if err != nil {
		return err
	}
	l.note(func(kept *Ledger) {
		kept.Offers[o] = "open"
		l.board = append(l.board, o)
	})
	return nil
}

func (l *Load) own(p *Person) (own []Offer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.board {
		if o.By == p {
			own = append(own, o)
		}
	}
	return own
}

// upload adds a photo to one of the stylist's recruitments.
func (l *Load) upload(ctx context.Context, p *Person) error {
	own := l.own(p)
	if len(own) == 0 {
		return nil
	}
	o := own[rand.N(len(own))]
	a := l.Insist(ctx, Request{p, http.MethodPost, o.Path() + "/photos", NewPhoto(), NewKey()}, http.StatusCreated, http.StatusConflict)
	if a.Status != http.StatusCreated {
		return nil
	}
	var added struct{ Items []Picture }
	if err := a.Read(&added); err != nil || len(added.Items) != 1 {
		return fmt.Errorf("no photo was added: %s", a)
	}
	l.note(func(kept *Ledger) { kept.Pictures[added.Items[0]] = o })
	return nil
}

// NewPhoto is a small one.
func NewPhoto() Photo {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	tint := color.RGBA{uint8(rand.N(256)), uint8(rand.N(256)), uint8(rand.N(256)), 255}
	for i := range 64 * 48 {
		img.Set(i%64, i/64, tint)
	}
	var content bytes.Buffer
	_ = jpeg.Encode(&content, img, nil) // a buffer takes everything
	return content.Bytes()
}

// anOffer is any that is open.
func (l *Load) anOffer() (Offer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.board) == 0 {
		return Offer{}, false
	}
	return l.board[rand.N(len(l.board))], true
}

// apply makes a booking, and looks for it through whichever server.
func (l *Load) apply(ctx context.Context, p *Person) error {
	o, found := l.anOffer()
	if !found {
		return nil
	}
	a := l.Insist(ctx, o.Apply(p, NewKey()), http.StatusCreated, http.StatusConflict)
	if a.Status != http.StatusCreated {
		return nil
	}
	id, err := IDOf(a)
	if err != nil {
		return err
	}
	state := "applied"
	if o.Instant {
		state = "confirmed"
	}
	l.note(func(kept *Ledger) {
		kept.Steps[Step{p, id, state}] = true
		l.live = append(l.live, booking{id, p, o})
	})
	l.Insist(ctx, Request{Who: p, Method: http.MethodGet, Path: fmt.Sprintf("/v1/bookings/%d", id)}, http.StatusOK)
	return nil
}

var outcomes = map[string]string{"accept": "confirmed", "decline": "declined", "withdraw": "withdrawn", "cancel": "cancelled"}

// move does one of the actions to a booking of the person's.
func (l *Load) move(ctx context.Context, p *Person, actions ...string) {
	l.mu.Lock()
	var own []booking
	for _, b := range l.live {
		if b.model == p || b.offer.By == p {
			own = append(own, b)
		}
	}
	l.mu.Unlock()
	if len(own) == 0 {
		return
	}
	b, action := own[rand.N(len(own))], actions[rand.N(len(actions))]
	a := l.Insist(ctx, Act(p, b.id, action, NewKey()), http.StatusOK, http.StatusConflict)
	if a.Status != http.StatusOK {
		return
	}
	l.note(func(kept *Ledger) {
		kept.Steps[Step{b.model, b.id, outcomes[action]}] = true
		if action != "accept" {
			l.live = slices.DeleteFunc(l.live, func(other booking) bool { return other.id == b.id })
		}
	})
}

// favor keeps a recruitment, or lets go of it.
func (l *Load) favor(ctx context.Context, p *Person) {
	o, found := l.anOffer()
	if !found {
		return
	}
	method := []string{http.MethodPut, http.MethodDelete}[rand.N(2)]
	a := l.Insist(ctx, Request{p, method, o.Path() + "/favorite", nil, ""}, http.StatusNoContent)
	if a.Status == http.StatusNoContent {
		l.note(func(kept *Ledger) { kept.Favorites[Favorite{p, o}] = method == http.MethodPut })
	}
}
