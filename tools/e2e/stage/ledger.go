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

// Ledger is every write that was acknowledged: of the histories, which only grow,
// each step, and of what is overwritten the last value.
type Ledger struct {
	Accounts  map[int64]*Person
	Offers    map[Offer]string  // states of recruitments
	Steps     map[Step]bool     // of bookings
	Favorites map[Favorite]bool // whether it is one
	Statuses  map[*Person]string
	Pictures  map[Picture]Offer
}

// Step is a state that a booking was in.
type Step struct {
	Model   *Person
	Booking int64
	State   string
}

// Favorite is what a model may keep.
type Favorite struct {
	Model *Person
	Offer Offer
}

// Picture is a photo that was uploaded.
type Picture struct {
	ID  int64
	URL string
}

func newLedger() Ledger {
	return Ledger{map[int64]*Person{}, map[Offer]string{}, map[Step]bool{}, map[Favorite]bool{}, map[*Person]string{}, map[Picture]Offer{}}
}

// note writes into the ledger.
func (l *Load) note(write func(*Ledger)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	write(&l.ledger)
}

const readersAtOnce = 8

// Still stops the load between two requests while look compares its ledger.
func (l *Load) Still(look func(Ledger) error) error {
	l.gate.Lock()
	defer l.gate.Unlock()
	defer l.Tally.Resume()
	return look(l.ledger)
}

// Check stops the load for a while, reads everything that was acknowledged through
// the servers, and counts what is not there.
func (l *Load) Check(ctx context.Context) error {
	return l.Still(func(kept Ledger) error { return l.check(ctx, kept) })
}

func (l *Load) check(ctx context.Context, kept Ledger) error {
	accounts, group := errgroup.Group{}, errgroup.Group{}
	accounts.SetLimit(readersAtOnce)
	group.SetLimit(readersAtOnce)
	for _, p := range kept.Accounts {
		accounts.Go(func() error { return l.sameAccount(ctx, p) })
	}
	// After that, nobody's tokens are changed.
	if err := accounts.Wait(); err != nil {
		return err
	}
	for o, state := range kept.Offers {
		group.Go(func() error { return l.sameOffer(ctx, o, state) })
	}
	for is, steps := range l.histories() {
		group.Go(func() error { return l.sameHistory(ctx, is, steps) })
	}
	for is, held := range kept.Favorites {
		group.Go(func() error {
			var found struct{ Favorited bool }
			return l.compare(ctx, is.Model, is.Offer.Path(), &found, func() bool { return found.Favorited == held })
		})
	}
	for p, text := range kept.Statuses {
		group.Go(func() error {
			var found struct{ StatusMessage string }
			return l.compare(ctx, p, "/v1/me/profile", &found, func() bool { return found.StatusMessage == text })
		})
	}
	for picture := range kept.Pictures {
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
		Photos []Picture
	}
	return l.compare(ctx, o.By, o.Path(), &found, func() bool {
		for picture, of := range l.ledger.Pictures {
			if of == o && !slices.ContainsFunc(found.Photos, func(p Picture) bool { return p.ID == picture.ID }) {
				return false
			}
		}
		// One that is open may be full.
		return found.State == state || found.State == "full" && state == "open"
	})
}

// histories are the steps by the bookings that took them.
func (l *Load) histories() map[Step][]string {
	steps := map[Step][]string{}
	for is := range l.ledger.Steps {
		of := Step{Model: is.Model, Booking: is.Booking}
		steps[of] = append(steps[of], is.State)
	}
	return steps
}

func (l *Load) sameHistory(ctx context.Context, of Step, states []string) error {
	var found struct{ Items []struct{ State string } }
	return l.compare(ctx, of.Model, fmt.Sprintf("/v1/bookings/%d/events", of.Booking), &found, func() bool {
		for _, state := range states {
			if !slices.ContainsFunc(found.Items, func(event struct{ State string }) bool { return event.State == state }) {
				return false
			}
		}
		return true
	})
}

func (l *Load) samePicture(ctx context.Context, picture Picture) error {
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
		"accounts": len(l.ledger.Accounts), "recruitments": len(l.ledger.Offers), "steps of bookings": len(l.ledger.Steps),
		"favorites": len(l.ledger.Favorites), "profiles": len(l.ledger.Statuses), "photos": len(l.ledger.Pictures),
	})
	return string(text)
}
