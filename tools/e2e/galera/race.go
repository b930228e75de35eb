package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// cast are the people of a race.
type cast struct {
	*stage
	stylists, models []*person
	offers           []offer // of this round
	round            int
}

// race is requests that are sent at once, each to another server, of which only
// so many may win.
type race struct {
	name string
	// set makes a round: what is sent, and what must hold of the answers.
	set func(ctx context.Context, c *cast) ([]request, verdict, error)
}

// verdict says what is wrong with the answers of a round, in the order of its requests.
type verdict func(ctx context.Context, answers []answer) error

const (
	stylistsOfRace = 3
	modelsOfRace   = 6
	auditEvery     = 50
)

// newCast signs up the people of races.
func (s *stage) newCast(ctx context.Context) (*cast, error) {
	if err := s.up(ctx); err != nil {
		return nil, err
	}
	c := &cast{stage: s}
	for i := range stylistsOfRace + modelsOfRace {
		role, of := "stylist", &c.stylists
		if i >= stylistsOfRace {
			role, of = "model", &c.models
		}
		p, err := s.newPerson(ctx, role)
		if err != nil {
			return nil, err
		}
		*of = append(*of, p)
	}
	return c, nil
}

// races plays races, each as often as the tally says.
func (s *stage) races(ctx context.Context, races ...race) error {
	c, err := s.newCast(ctx)
	if err != nil {
		return err
	}
	last := time.Now()
	for _, r := range races {
		for c.round = range s.tally.rounds {
			if err := c.play(ctx, r); err != nil {
				return fmt.Errorf("%s, round %d: %w", r.name, c.round, err)
			}
			if c.round%auditEvery == auditEvery-1 {
				if err := s.audit(ctx, s.nodes[c.round%nodeCount]); err != nil {
					return err
				}
			}
			if time.Since(last) > 15*time.Second {
				last = time.Now()
				s.say("%s: %d of %d rounds", r.name, c.round+1, s.tally.rounds)
			}
		}
	}
	return s.audit(ctx, s.nodes[0])
}

func (c *cast) play(ctx context.Context, r race) error {
	for _, p := range slices.Concat(c.stylists, c.models) {
		if err := c.fresh(ctx, p); err != nil {
			return err
		}
	}
	c.offers = nil
	requests, judge, err := r.set(ctx, c)
	if err != nil {
		return err
	}
	answers := make([]answer, len(requests))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() {
			<-start
			answers[i] = c.send(ctx, c.servers[(i+c.round)%len(c.servers)], r)
		})
	}
	close(start)
	all.Wait()
	if err := judge(ctx, answers); err != nil {
		c.fault("%s, round %d: %v: %v", r.name, c.round, err, answers)
	}
	if err := c.count(ctx); err != nil {
		return err
	}
	for _, o := range c.offers {
		c.insist(ctx, request{o.by, http.MethodPost, fmt.Sprintf("/v1/recruitments/%d/close", o.id), nil, key()}, 200, 404, 409)
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
		ids[i] = o.id
	}
	const wrong = "booking_count <> (SELECT COUNT(*) FROM bookings b WHERE b.recruitment_id = r.id)" +
		" OR favorite_count <> (SELECT COUNT(*) FROM favorites f WHERE f.recruitment_id = r.id)" +
		" OR EXISTS (SELECT 1 FROM slots s WHERE s.recruitment_id = r.id AND (s.taken > s.capacity OR s.taken <> (SELECT COUNT(*) FROM bookings b WHERE b.slot_id = s.id AND b.state IN ('offered', 'confirmed'))))" +
		" OR r.state <> 'open' AND EXISTS (SELECT 1 FROM bookings b WHERE b.recruitment_id = r.id AND b.state IN ('applied', 'waitlisted', 'offered'))" +
		" OR r.state = 'deleted' AND EXISTS (SELECT 1 FROM bookings b WHERE b.recruitment_id = r.id AND b.state = 'confirmed')"
	return c.onAny(ctx, c.nodes, func(d *db.DB) error {
		found, err := db.Select[struct{ ID int64 }](ctx, d, sq.Select("r.id").From("recruitments r").Where(sq.Eq{"r.id": ids}).Where("("+wrong+")"))
		for _, r := range found {
			c.fault("round %d: the numbers of recruitment %d are wrong", c.round, r.ID)
		}
		return err
	})
}

// offer makes a recruitment that the round closes at its end.
func (c *cast) offer(ctx context.Context, stylist int, instant bool, start time.Time, capacity int) (offer, error) {
	o, err := c.publish(ctx, c.stylists[stylist], instant, start, capacity)
	if err == nil {
		c.offers = append(c.offers, o)
	}
	return o, err
}

// winners is the verdict that so many requests win, and that all others lose by
// one of the codes. One that was not answered may have won.
func winners(most, status int, codes ...string) verdict {
	return func(_ context.Context, answers []answer) error {
		won, unanswered := 0, 0
		for _, a := range answers {
			switch {
			case a.unanswered():
				unanswered++
			case a.status == status:
				won++
			case !slices.Contains(codes, a.code):
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
	{"last seat, accepted", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.hour(), seats)
		if err != nil {
			return nil, nil, err
		}
		var sent []request
		for _, m := range c.models {
			id, err := c.booked(ctx, o, m)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, act(c.stylists[0], id, "accept", ""))
		}
		return sent, winners(seats, 200, "slot_full"), nil
	}},
	{"last seat, booked at once", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, true, c.hour(), seats)
		var sent []request
		for _, m := range c.models {
			sent = append(sent, o.apply(m, ""))
		}
		return sent, winners(seats, 201, "slot_full"), err
	}},
	{"a model's bookings overlap", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		// Half of the rounds are accepted, half booked at once.
		start, instant := c.hour(), c.round%2 == 1
		var sent []request
		for i, stylist := range c.stylists {
			o, err := c.offer(ctx, i, instant, start.Add(time.Duration(i)*20*time.Minute), 1)
			if err != nil {
				return nil, nil, err
			}
			if instant {
				sent = append(sent, o.apply(c.models[0], ""))
				continue
			}
			id, err := c.booked(ctx, o, c.models[0])
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, act(stylist, id, "accept", ""))
		}
		status := 200
		if instant {
			status = 201
		}
		return sent, winners(1, status, "overlapping_booking"), nil
	}},
	{"a stylist's bookings overlap", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		start, instant := c.hour(), c.round%2 == 1
		var sent []request
		for i, model := range c.models[:3] {
			o, err := c.offer(ctx, 0, instant, start.Add(time.Duration(i)*20*time.Minute), 1)
			if err != nil {
				return nil, nil, err
			}
			if instant {
				sent = append(sent, o.apply(model, ""))
				continue
			}
			id, err := c.booked(ctx, o, model)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, act(c.stylists[0], id, "accept", ""))
		}
		status := 200
		if instant {
			status = 201
		}
		return sent, winners(1, status, "overlapping_booking"), nil
	}},
	{"one model applies twice", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, c.round%2 == 1, c.hour(), seats)
		return slices.Repeat([]request{o.apply(c.models[0], "")}, 6), winners(1, 201, "already_booked", "overlapping_booking"), err
	}},
	{"accept, withdraw, decline", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.hour(), 1)
		if err != nil {
			return nil, nil, err
		}
		id, err := c.booked(ctx, o, c.models[0])
		return []request{act(c.stylists[0], id, "accept", ""), act(c.models[0], id, "withdraw", ""), act(c.stylists[0], id, "decline", "")}, winners(1, 200, "wrong_state"), err
	}},
	{"cancel against cancel", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, true, c.hour(), 1)
		if err != nil {
			return nil, nil, err
		}
		id, err := c.booked(ctx, o, c.models[0])
		return []request{act(c.stylists[0], id, "cancel", ""), act(c.models[0], id, "cancel", ""), act(c.stylists[0], id, "cancel", "")}, winners(1, 200, "wrong_state"), err
	}},
	{"favorites of one recruitment", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.hour(), 1)
		var sent []request
		for i, m := range c.models {
			method := http.MethodPut
			if i%3 == 2 {
				method = http.MethodDelete
			}
			path := fmt.Sprintf("/v1/recruitments/%d/favorite", o.id)
			sent = append(sent, request{m, http.MethodPut, path, nil, ""}, request{m, method, path, nil, ""})
		}
		return sent, winners(len(sent), 204), err
	}},
	{"a refresh token used twice", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		thief := *c.models[0]
		if err := c.logIn(ctx, &thief); err != nil {
			return nil, nil, err
		}
		refresh := func(token string) request {
			return request{&thief, http.MethodPost, "/v1/token/refresh", map[string]any{"refreshToken": token}, ""}
		}
		return slices.Repeat([]request{refresh(thief.refresh)}, 3), func(ctx context.Context, answers []answer) error {
			if err := winners(1, 200, "invalid_refresh_token")(ctx, answers); err != nil {
				return err
			}
			// The second use has ended the session, so what the first one got is worth nothing.
			for _, a := range answers {
				if a.status == 200 && thief.signedIn(a) == nil && !slices.ContainsFunc(answers, answer.unanswered) {
					c.insist(ctx, refresh(thief.refresh), http.StatusUnauthorized)
				}
			}
			return nil
		}, nil
	}},
	{"sign-up with one email", func(_ context.Context, c *cast) ([]request, verdict, error) {
		p := c.stranger("model")
		return slices.Repeat([]request{{p, http.MethodPost, "/v1/signup/email", p.signUp(), ""}}, 3), winners(1, 201, "email_taken"), nil
	}},
	{"one Idempotency-Key at once", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		key := key()
		sent := request{c.stylists[0], http.MethodPost, "/v1/recruitments", recruitment(true, c.hour(), 1), key}
		if c.round%2 == 1 {
			o, err := c.offer(ctx, 0, true, c.hour(), seats)
			if err != nil {
				return nil, nil, err
			}
			sent = o.apply(c.models[0], key)
		}
		return slices.Repeat([]request{sent}, 6), func(ctx context.Context, answers []answer) error {
			if err := winners(len(answers), 201)(ctx, answers); err != nil {
				return err
			}
			made := map[int64]bool{}
			for _, a := range answers {
				if id, err := idOf(a); a.status == 201 && err == nil {
					made[id] = true
				}
			}
			for id := range made {
				if c.round%2 == 0 {
					c.offers = append(c.offers, offer{by: c.stylists[0], id: id})
				}
			}
			if len(made) > 1 {
				return fmt.Errorf("%d things were made", len(made))
			}
			return nil
		}, nil
	}},
	{"close or delete against apply", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		// Of four rounds, two close and two delete, of which one each books at once.
		instant := c.round%2 == 1
		o, err := c.offer(ctx, 0, instant, c.hour(), len(c.models))
		if err != nil {
			return nil, nil, err
		}
		path := fmt.Sprintf("/v1/recruitments/%d", o.id)
		end := request{c.stylists[0], http.MethodPost, path + "/close", nil, ""}
		if c.round%4 >= 2 {
			end = request{c.stylists[0], http.MethodDelete, path, nil, ""}
		}
		sent := []request{end}
		for _, m := range c.models {
			sent = append(sent, o.apply(m, ""))
		}
		return sent, func(ctx context.Context, answers []answer) error {
			switch end := answers[0]; {
			case end.unanswered() || end.status == 200 || end.status == 204 || end.code == "confirmed_bookings":
			default:
				return fmt.Errorf("nobody expects %s", end)
			}
			for _, a := range answers[1:] {
				if !a.unanswered() && a.status != 201 && a.code != "wrong_state" && a.status != 404 {
					return fmt.Errorf("nobody expects %s", a)
				}
			}
			return nil
		}, nil
	}},
	{"fewer seats against accept", func(ctx context.Context, c *cast) ([]request, verdict, error) {
		o, err := c.offer(ctx, 0, false, c.hour(), 3)
		if err != nil {
			return nil, nil, err
		}
		var sent []request
		for _, m := range c.models[:3] {
			id, err := c.booked(ctx, o, m)
			if err != nil {
				return nil, nil, err
			}
			sent = append(sent, act(c.stylists[0], id, "accept", ""))
		}
		// No route changes seats yet, so a database client does.
		fewer := make(chan error, 1)
		go func() {
			fewer <- c.onAny(ctx, c.nodes, func(d *db.DB) error {
				return d.InTx(ctx, func(tx *db.Tx) error {
					_, err := db.Exec(ctx, tx, sq.Update("slots").Set("capacity", 2).Where(sq.Eq{"id": o.slot}).Where("taken <= 2"))
					return err
				})
			})
		}()
		return sent, func(ctx context.Context, answers []answer) error {
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
