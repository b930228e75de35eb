package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"freety/db"
	"freety/tools/e2e/stage"

	sq "github.com/Masterminds/squirrel"
)

// cast are the people of a race.
type cast struct {
	*cluster
	stylists, models []*stage.Person
	offers           []stage.Offer // of this round
	round            int
}

// race is requests that are sent at once, each to another server, of which only
// so many may win.
type race struct {
	name string
	// set makes a round: what is sent, and what must hold of the answers.
	set func(ctx context.Context, c *cast) ([]stage.Request, verdict, error)
}

// verdict says what is wrong with the answers of a round, in the order of its requests.
type verdict func(ctx context.Context, answers []stage.Answer) error

const (
	stylistsOfRace = 3
	modelsOfRace   = 6
	auditEvery     = 50
)

// newCast signs up the people of races.
func (c *cluster) newCast(ctx context.Context) (*cast, error) {
	if err := c.Up(ctx); err != nil {
		return nil, err
	}
	people := &cast{cluster: c}
	for i := range stylistsOfRace + modelsOfRace {
		role, of := "stylist", &people.stylists
		if i >= stylistsOfRace {
			role, of = "model", &people.models
		}
		p, err := c.NewPerson(ctx, role)
		if err != nil {
			return nil, err
		}
		*of = append(*of, p)
	}
	return people, nil
}

// races plays races, each as often as the tally says.
func (c *cluster) races(ctx context.Context, races ...race) error {
	people, err := c.newCast(ctx)
	if err != nil {
		return err
	}
	last := time.Now()
	for _, r := range races {
		for people.round = range c.Tally.Rounds {
			if err := people.play(ctx, r); err != nil {
				return fmt.Errorf("%s, round %d: %w", r.name, people.round, err)
			}
			if people.round%auditEvery == auditEvery-1 {
				if err := c.audit(ctx, c.nodes[people.round%nodeCount]); err != nil {
					return err
				}
			}
			if time.Since(last) > 15*time.Second {
				last = time.Now()
				c.Say("%s: %d of %d rounds", r.name, people.round+1, c.Tally.Rounds)
			}
		}
	}
	return c.audit(ctx, c.nodes[0])
}

func (c *cast) play(ctx context.Context, r race) error {
	for _, p := range slices.Concat(c.stylists, c.models) {
		if err := c.Fresh(ctx, p); err != nil {
			return err
		}
	}
	c.offers = nil
	requests, judge, err := r.set(ctx, c)
	if err != nil {
		return err
	}
	answers := make([]stage.Answer, len(requests))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() {
			<-start
			answers[i] = c.Send(ctx, c.Servers[(i+c.round)%len(c.Servers)], r)
		})
	}
	close(start)
	all.Wait()
	if err := judge(ctx, answers); err != nil {
		c.Fault("%s, round %d: %v: %v", r.name, c.round, err, answers)
	}
	if err := c.count(ctx); err != nil {
		return err
	}
	for _, o := range c.offers {
		c.Insist(ctx, stage.Request{Who: o.By, Method: http.MethodPost, Path: o.Path() + "/close", Key: stage.NewKey()}, 200, 404, 409)
	}
	return nil
}

// count looks whether the numbers of the round's recruitments are what they
// count, and whether one that is not open has somebody who waits.
func (c *cast) count(ctx context.Context) error {
	if len(c.offers) == 0 {
		return nil
	}
	ids := make([]int64, len(c.offers))
	for i, o := range c.offers {
		ids[i] = o.ID
	}
	const wrong = "booking_count <> (SELECT COUNT(*) FROM bookings b WHERE b.recruitment_id = r.id)" +
		" OR favorite_count <> (SELECT COUNT(*) FROM favorites f WHERE f.recruitment_id = r.id)" +
		" OR EXISTS (SELECT 1 FROM slots s WHERE s.recruitment_id = r.id AND (s.taken > s.capacity OR s.taken <> (SELECT COUNT(*) FROM bookings b WHERE b.slot_id = s.id AND b.state IN ('offered', 'confirmed'))))" +
		" OR r.state <> 'open' AND EXISTS (SELECT 1 FROM bookings b WHERE b.recruitment_id = r.id AND b.state IN ('applied', 'waitlisted', 'offered'))" +
		" OR r.state = 'deleted' AND EXISTS (SELECT 1 FROM bookings b WHERE b.recruitment_id = r.id AND b.state = 'confirmed')"
	return c.onAny(ctx, c.nodes, func(d *db.DB) error {
		found, err := db.Select[struct{ ID int64 }](ctx, d, sq.Select("r.id").From("recruitments r").Where(sq.Eq{"r.id": ids}).Where("("+wrong+")"))
		for _, r := range found {
			c.Fault("round %d: the numbers of recruitment %d are wrong", c.round, r.ID)
		}
		return err
	})
}

// offer makes a recruitment that the round closes at its end.
func (c *cast) offer(ctx context.Context, stylist int, instant bool, start time.Time, capacity int) (stage.Offer, error) {
	o, err := c.Publish(ctx, c.stylists[stylist], instant, start, capacity, "")
	if err == nil {
		c.offers = append(c.offers, o)
	}
	return o, err
}

// winners is the verdict that so many requests win, and that all others lose by
// one of the codes. One that was not answered may have won.
func winners(most, status int, codes ...string) verdict {
	return func(_ context.Context, answers []stage.Answer) error {
		won, unanswered := 0, 0
		for _, a := range answers {
			switch {
			case a.Unanswered():
				unanswered++
			case a.Status == status:
				won++
			case !slices.Contains(codes, a.Code):
				return fmt.Errorf("nobody expects %s", a)
			}
		}
		if won > most || won+unanswered < most {
			return fmt.Errorf("%d won instead of %d", won, most)
		}
		return nil
	}
}

const seats = 2

var races = []race{
	{"last seat, accepted", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.Hour(), seats)
		if err != nil {
			return nil, nil, err
		}
		var sent []stage.Request
		for _, m := range c.models {
			id, err := c.Booked(ctx, o, m)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, stage.Act(c.stylists[0], id, "accept", ""))
		}
		return sent, winners(seats, 200, "slot_full"), nil
	}},
	{"last seat, booked at once", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, true, c.Hour(), seats)
		var sent []stage.Request
		for _, m := range c.models {
			sent = append(sent, o.Apply(m, ""))
		}
		return sent, winners(seats, 201, "slot_full"), err
	}},
	{"a model's bookings overlap", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		// Half of the rounds are accepted, half booked at once.
		start, instant := c.Hour(), c.round%2 == 1
		var sent []stage.Request
		for i, stylist := range c.stylists {
			o, err := c.offer(ctx, i, instant, start.Add(time.Duration(i)*20*time.Minute), 1)
			if err != nil {
				return nil, nil, err
			}
			if instant {
				sent = append(sent, o.Apply(c.models[0], ""))
				continue
			}
			id, err := c.Booked(ctx, o, c.models[0])
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, stage.Act(stylist, id, "accept", ""))
		}
		status := 200
		if instant {
			status = 201
		}
		return sent, winners(1, status, "overlapping_booking"), nil
	}},
	{"a stylist's bookings overlap", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		start, instant := c.Hour(), c.round%2 == 1
		var sent []stage.Request
		for i, model := range c.models[:3] {
			o, err := c.offer(ctx, 0, instant, start.Add(time.Duration(i)*20*time.Minute), 1)
			if err != nil {
				return nil, nil, err
			}
			if instant {
				sent = append(sent, o.Apply(model, ""))
				continue
			}
			id, err := c.Booked(ctx, o, model)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, stage.Act(c.stylists[0], id, "accept", ""))
		}
		status := 200
		if instant {
			status = 201
		}
		return sent, winners(1, status, "overlapping_booking"), nil
	}},
	{"one model applies twice", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, c.round%2 == 1, c.Hour(), seats)
		return slices.Repeat([]stage.Request{o.Apply(c.models[0], "")}, 6), winners(1, 201, "already_booked", "overlapping_booking"), err
	}},
	{"accept, withdraw, decline", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.Hour(), 1)
		if err != nil {
			return nil, nil, err
		}
		id, err := c.Booked(ctx, o, c.models[0])
		return []stage.Request{stage.Act(c.stylists[0], id, "accept", ""), stage.Act(c.models[0], id, "withdraw", ""), stage.Act(c.stylists[0], id, "decline", "")}, winners(1, 200, "wrong_state"), err
	}},
	{"cancel against cancel", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, true, c.Hour(), 1)
		if err != nil {
			return nil, nil, err
		}
		id, err := c.Booked(ctx, o, c.models[0])
		return []stage.Request{stage.Act(c.stylists[0], id, "cancel", ""), stage.Act(c.models[0], id, "cancel", ""), stage.Act(c.stylists[0], id, "cancel", "")}, winners(1, 200, "wrong_state"), err
	}},
	{"favorites of one recruitment", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.Hour(), 1)
		var sent []stage.Request
		for i, m := range c.models {
			method := http.MethodPut
			if i%3 == 2 {
				method = http.MethodDelete
			}
			path := o.Path() + "/favorite"
			sent = append(sent, stage.Request{Who: m, Method: http.MethodPut, Path: path}, stage.Request{Who: m, Method: method, Path: path})
		}
		return sent, winners(len(sent), 204), err
	}},
	{"a refresh token used twice", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		thief := *c.models[0]
		if err := c.LogIn(ctx, &thief); err != nil {
			return nil, nil, err
		}
		return slices.Repeat([]stage.Request{thief.Renewal()}, 3), func(ctx context.Context, answers []stage.Answer) error {
			if err := winners(1, 200, "invalid_refresh_token")(ctx, answers); err != nil {
				return err
			}
			// The second use has ended the session, so what the first one got is worth nothing.
			for _, a := range answers {
				if a.Status == 200 && thief.SignedIn(a) == nil && !slices.ContainsFunc(answers, stage.Answer.Unanswered) {
					c.Insist(ctx, thief.Renewal(), http.StatusUnauthorized)
				}
			}
			return nil
		}, nil
	}},
	{"sign-up with one email", func(_ context.Context, c *cast) ([]stage.Request, verdict, error) {
		p := c.Stranger("model")
		return slices.Repeat([]stage.Request{{Who: p, Method: http.MethodPost, Path: "/v1/signup/email", Body: p.SignUp()}}, 3), winners(1, 201, "email_taken"), nil
	}},
	{"one Idempotency-Key at once", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		key := stage.NewKey()
		sent := stage.Request{Who: c.stylists[0], Method: http.MethodPost, Path: "/v1/recruitments", Body: stage.Recruitment(true, c.Hour(), 1, ""), Key: key}
		if c.round%2 == 1 {
			o, err := c.offer(ctx, 0, true, c.Hour(), seats)
			if err != nil {
				return nil, nil, err
			}
			sent = o.Apply(c.models[0], key)
		}
		return slices.Repeat([]stage.Request{sent}, 6), func(ctx context.Context, answers []stage.Answer) error {
			if err := winners(len(answers), 201)(ctx, answers); err != nil {
				return err
			}
			made := map[int64]bool{}
			for _, a := range answers {
				if id, err := stage.IDOf(a); a.Status == 201 && err == nil {
					made[id] = true
				}
			}
			for id := range made {
				if c.round%2 == 0 {
					c.offers = append(c.offers, stage.Offer{By: c.stylists[0], ID: id})
				}
			}
			if len(made) > 1 {
				return fmt.Errorf("%d things were made", len(made))
			}
			return nil
		}, nil
	}},
	{"close or delete against apply", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		// Of four rounds, two close and two delete, of which one each books at once.
		instant := c.round%2 == 1
		o, err := c.offer(ctx, 0, instant, c.Hour(), len(c.models))
		if err != nil {
			return nil, nil, err
		}
		path := o.Path()
		end := stage.Request{Who: c.stylists[0], Method: http.MethodPost, Path: path + "/close"}
		if c.round%4 >= 2 {
			end = stage.Request{Who: c.stylists[0], Method: http.MethodDelete, Path: path}
		}
		sent := []stage.Request{end}
		for _, m := range c.models {
			sent = append(sent, o.Apply(m, ""))
		}
		return sent, func(ctx context.Context, answers []stage.Answer) error {
			switch end := answers[0]; {
			case end.Unanswered() || end.Status == 200 || end.Status == 204 || end.Code == "confirmed_bookings":
			default:
				return fmt.Errorf("nobody expects %s", end)
			}
			for _, a := range answers[1:] {
				if !a.Unanswered() && a.Status != 201 && a.Code != "wrong_state" && a.Status != 404 {
					return fmt.Errorf("nobody expects %s", a)
				}
			}
			return nil
		}, nil
	}},
	{"fewer seats against accept", func(ctx context.Context, c *cast) ([]stage.Request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.Hour(), 3)
		if err != nil {
			return nil, nil, err
		}
		var sent []stage.Request
		for _, m := range c.models[:3] {
			id, err := c.Booked(ctx, o, m)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, stage.Act(c.stylists[0], id, "accept", ""))
		}
		// No route changes seats yet, so a database client does.
		fewer := make(chan error, 1)
		go func() {
			fewer <- c.onAny(ctx, c.nodes, func(d *db.DB) error {
				return d.InTx(ctx, func(tx *db.Tx) error {
					_, err := db.Exec(ctx, tx, sq.Update("slots").Set("capacity", 2).Where(sq.Eq{"id": o.Slot}).Where("taken <= 2"))
					return err
				})
			})
		}()
		return sent, func(ctx context.Context, answers []stage.Answer) error {
			if err := <-fewer; err != nil {
				return err
			}
			if err := winners(3, 200, "slot_full")(ctx, answers); err != nil {
				return winners(2, 200, "slot_full")(ctx, answers)
			}
			return nil
		}, nil
	}},
}
