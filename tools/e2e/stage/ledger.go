package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"
)

// ledger is every write that was acknowledged: of the histories, which only grow,
// each step, and of what is overwritten the last value.
type ledger struct {
	accounts  map[int64]*Person
	offers    map[Offer]string  // states of recruitments
	steps     map[step]bool     // of bookings
	favorites map[favorite]bool // whether it is one
	statuses  map[*Person]string
	photos    map[photo]Offer
}

type step struct {
	model   *Person
	booking int64
	state   string
}

type favorite struct {
	model       *Person
	recruitment string
}

type photo struct {
	ID  int64
	URL string
}

func newLedger() ledger {
	return ledger{map[int64]*Person{}, map[Offer]string{}, map[step]bool{}, map[favorite]bool{}, map[*Person]string{}, map[photo]Offer{}}
}

// note writes into the ledger.
func (l *Load) note(write func(*ledger)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	write(&l.ledger)
}

const readersAtOnce = 8

// Check stops the load for a while, reads everything that was acknowledged through
// the servers, and counts what is not there.
func (l *Load) Check(ctx context.Context) error {
	l.gate.Lock()
	defer l.gate.Unlock()
	accounts, group := errgroup.Group{}, errgroup.Group{}
	accounts.SetLimit(readersAtOnce)
	group.SetLimit(readersAtOnce)
	for _, p := range l.ledger.accounts {
		accounts.Go(func() error { return l.sameAccount(ctx, p) })
	}
	// After that, nobody's tokens are changed.
	if err := accounts.Wait(); err != nil {
		return err
	}
	for o, state := range l.ledger.offers {
		group.Go(func() error { return l.sameOffer(ctx, o, state) })
	}
	for is, steps := range l.histories() {
		group.Go(func() error { return l.sameHistory(ctx, is, steps) })
	}
	for is, kept := range l.ledger.favorites {
		group.Go(func() error {
			var found struct{ Favorited bool }
			return l.compare(ctx, is.model, is.recruitment, &found, func() bool { return found.Favorited == kept })
		})
	}
	for p, text := range l.ledger.statuses {
		group.Go(func() error {
			var found struct{ StatusMessage string }
			return l.compare(ctx, p, "/v1/me/profile", &found, func() bool { return found.StatusMessage == text })
		})
	}
	for picture := range l.ledger.photos {
		group.Go(func() error { return l.samePicture(ctx, picture) })
	}
	return group.Wait()
}

// compare reads what was acknowledged, and counts it as lost when it is not so.
func (l *Load) compare(ctx context.Context, who *Person, path string, into any, same func() bool) error {
	a := l.Insist(ctx, Request{Who: who, Method: http.MethodGet, Path: path}, http.StatusOK, http.StatusNotFound)
	if a.Status == http.StatusOK {
		if err := a.Read(into); err != nil {
			return err
		}
	}
	if !a.Unanswered() && (a.Status != http.StatusOK || !same()) {
		l.Loss("%s, as %s sees it, is not what was acknowledged: %d %s", path, who.Email, a.Status, a.Body)
	}
	return ctx.Err()
}

// sameAccount wants the last acknowledged tokens to be good.
func (l *Load) sameAccount(ctx context.Context, p *Person) error {
	if slices.Contains(l.people, p) {
		if err := l.renew(ctx, p); err != nil {
			return err
		}
	} else if err := l.Fresh(ctx, p); err != nil {
		return err
	}
	var me struct{ Email string }
	return l.compare(ctx, p, "/v1/me", &me, func() bool { return me.Email == p.Email })
}

func (l *Load) sameOffer(ctx context.Context, o Offer, state string) error {
	var found struct {
		State  string
		Photos []photo
	}
	return l.compare(ctx, o.By, o.Path(), &found, func() bool {
		for picture, of := range l.ledger.photos {
			if of == o && !slices.ContainsFunc(found.Photos, func(p photo) bool { return p.ID == picture.ID }) {
				return false
			}
		}
		// One that is open may be full.
		return found.State == state || found.State == "full" && state == "open"
	})
}

// histories are the steps by the bookings that took them.
func (l *Load) histories() map[step][]string {
	steps := map[step][]string{}
	for is := range l.ledger.steps {
		of := step{model: is.model, booking: is.booking}
		steps[of] = append(steps[of], is.state)
	}
	return steps
}

func (l *Load) sameHistory(ctx context.Context, of step, states []string) error {
	var found struct{ Items []struct{ State string } }
	return l.compare(ctx, of.model, fmt.Sprintf("/v1/bookings/%d/events", of.booking), &found, func() bool {
		for _, state := range states {
			if !slices.ContainsFunc(found.Items, func(event struct{ State string }) bool { return event.State == state }) {
				return false
			}
		}
		return true
	})
}

func (l *Load) samePicture(ctx context.Context, picture photo) error {
	u, err := url.Parse(picture.URL)
	if err != nil {
		return err
	}
	a := l.Insist(ctx, Request{Who: l.people[0], Method: http.MethodGet, Path: u.RequestURI()}, http.StatusOK, http.StatusNotFound)
	if !a.Unanswered() && a.Status != http.StatusOK {
		l.Loss("photo %d has no picture", picture.ID)
	}
	return ctx.Err()
}

// String tells how much is in the ledger.
func (l *Load) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, _ := json.Marshal(map[string]int{ // numbers can be written
		"accounts": len(l.ledger.accounts), "recruitments": len(l.ledger.offers), "steps of bookings": len(l.ledger.steps),
		"favorites": len(l.ledger.favorites), "profiles": len(l.ledger.statuses), "photos": len(l.ledger.photos),
	})
	return string(text)
}
