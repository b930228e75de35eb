package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"syscall"
	"time"
)

const (
	passphrase = "practice makes it"
	tokenLife  = 8 * time.Minute // less than the server's, so that none expires in hand
	patience   = 2 * time.Minute // for an answer other than 503
)

// person is somebody with a phone.
type person struct {
	role, email    string
	id             int64
	token, refresh string
	since          time.Time // the tokens' age
	address        string
}

// request is something that a person sends.
type request struct {
	who          *person
	method, path string
	body         any
	key          string
}

// answer is what came back; its status is 0 when the server was not there.
type answer struct {
	status int
	code   string // of a problem
	body   []byte
}

func (a answer) read(into any) error { return json.Unmarshal(a.body, into) }

// String leaves out what a success holds, such as tokens.
func (a answer) String() string {
	if a.status < 300 {
		return fmt.Sprint(a.status)
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}

// unanswered reports whether the request may have been carried out or not.
func (a answer) unanswered() bool { return a.status == 0 || a.status == http.StatusServiceUnavailable }

// send sends a request to a server and counts what comes back. What is neither an
// answer, nor a 503, nor a server that is down, is wrong.
func (s *stage) send(ctx context.Context, to *server, r request) answer {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			panic(err) // bodies are ours, and can be written
		}
		body = bytes.NewReader(text)
	}
	h, err := http.NewRequestWithContext(ctx, r.method, to.url+r.path, body)
	if err != nil {
		panic(err) // so are paths
	}
	h.Header.Set("X-Forwarded-For", r.who.address)
	if body != nil {
		h.Header.Set("Content-Type", "application/json")
	}
	if r.who.token != "" {
		h.Header.Set("Authorization", "Bearer "+r.who.token)
	}
	if r.key != "" {
		h.Header.Set("Idempotency-Key", r.key)
	}
	s.tally.requests.Add(1)
	begin, wasDown := time.Now(), to.down.Load()
	response, err := to.phone.Do(h)
	var a answer
	if err == nil {
		a.status = response.StatusCode
		a.body, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	if err != nil {
		switch {
		case ctx.Err() != nil:
		case wasDown || to.down.Load():
			s.tally.refused.Add(1)
		default:
			s.fault("server %d, %s %s, after %.1f s: %v", to.number, r.method, r.path, time.Since(begin).Seconds(), err)
			if errors.Is(err, syscall.ECONNREFUSED) {
				time.Sleep(time.Second)
			}
		}
		return answer{}
	}
	if a.status >= 300 {
		var problem struct{ Code string }
		_ = a.read(&problem) // an answer that is none shows by its status
		a.code = problem.Code
	}
	switch {
	case a.status == http.StatusServiceUnavailable:
		s.tally.unavailable.Add(1)
	case a.status >= 500 || a.status == http.StatusTooManyRequests:
		s.fault("server %d, %s %s: %s", to.number, r.method, r.path, a)
	case a.status < 300 && r.method != http.MethodGet:
		s.tally.acknowledge()
	}
	return a
}

// insist sends a request to one server after another until it is answered. Any
// status that is not among those allowed is wrong.
func (s *stage) insist(ctx context.Context, r request, allowed ...int) answer {
	for begin := time.Now(); ctx.Err() == nil; {
		a := s.send(ctx, s.servers[rand.N(len(s.servers))], r)
		if !a.unanswered() {
			if !slices.Contains(allowed, a.status) && a.status < 500 {
				s.fault("%s %s: %s", r.method, r.path, a)
			}
			return a
		}
		if time.Since(begin) > patience {
			s.fault("%s %s is not answered within %s", r.method, r.path, patience)
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(100*time.Millisecond + rand.N(200*time.Millisecond)):
		}
	}
	return answer{}
}

// newPerson signs somebody up.
func (s *stage) newPerson(ctx context.Context, role string) (*person, error) {
	p := s.stranger(role)
	a := s.insist(ctx, request{who: p, method: http.MethodPost, path: "/v1/signup/email", body: p.signUp()}, http.StatusCreated, http.StatusConflict)
	if a.status == http.StatusConflict {
		// An earlier try was carried out, and its answer did not come.
		return p, s.logIn(ctx, p)
	}
	return p, p.signedIn(a)
}

// stranger is a person without an account.
func (s *stage) stranger(role string) *person {
	n := s.people.Add(1)
	return &person{role: role, email: fmt.Sprintf("%s-%d@example.com", role, n), address: fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
}

func (p *person) signUp() any {
	return map[string]any{"role": p.role, "email": p.email, "password": passphrase, "name": "김민지", "birthDate": "2000-01-01"}
}

func (s *stage) logIn(ctx context.Context, p *person) error {
	p.token = ""
	return p.signedIn(s.insist(ctx, request{who: p, method: http.MethodPost, path: "/v1/login/email", body: map[string]any{"email": p.email, "password": passphrase}}, http.StatusOK))
}

// signedIn keeps the tokens of an answer.
func (p *person) signedIn(a answer) error {
	var session struct {
		AccessToken, RefreshToken string
		Account                   struct{ ID int64 }
	}
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		return fmt.Errorf("%s cannot sign in: %s", p.email, a)
	}
	if err := a.read(&session); err != nil {
		return err
	}
	p.token, p.refresh, p.id, p.since = session.AccessToken, session.RefreshToken, session.Account.ID, time.Now()
	return nil
}

// fresh gives a person new tokens when theirs are old.
func (s *stage) fresh(ctx context.Context, p *person) error {
	if time.Since(p.since) < tokenLife {
		return nil
	}
	a := s.insist(ctx, request{who: p, method: http.MethodPost, path: "/v1/token/refresh", body: map[string]any{"refreshToken": p.refresh}}, http.StatusOK, http.StatusUnauthorized)
	if a.status == http.StatusUnauthorized {
		// An earlier try was carried out, and its answer did not come.
		return s.logIn(ctx, p)
	}
	return p.signedIn(a)
}

// offer is an open recruitment with one slot.
type offer struct {
	by       *person
	id, slot int64
	instant  bool
}

// hour gives out the start of a slot of an hour that overlaps no other's.
func (s *stage) hour() time.Time {
	return time.Now().Add(time.Duration(48+2*s.hours.Add(1)) * time.Hour).UTC().Truncate(time.Hour)
}

func recruitment(instant bool, start time.Time, capacity int) any {
	return map[string]any{
		"title": "단발 모델", "body": "", "services": []string{"cut"}, "fee": 10000, "instantBook": instant, "publish": true,
		"venue": map[string]any{"province": "서울특별시", "district": "강남구", "detail": "3층"},
		"slots": []map[string]any{{"startsAt": start, "endsAt": start.Add(time.Hour), "capacity": capacity}},
	}
}

func key() string { return fmt.Sprintf("%x", rand.Uint64()) }

// publish makes a recruitment.
func (s *stage) publish(ctx context.Context, stylist *person, instant bool, start time.Time, capacity int) (offer, error) {
	a := s.insist(ctx, request{stylist, http.MethodPost, "/v1/recruitments", recruitment(instant, start, capacity), key()}, http.StatusCreated)
	var made struct {
		ID    int64
		Slots []struct{ ID int64 }
	}
	if err := a.read(&made); err != nil || len(made.Slots) == 0 {
		return offer{}, fmt.Errorf("no recruitment was made: %s, %s", a, a.body)
	}
	return offer{stylist, made.ID, made.Slots[0].ID, instant}, nil
}

func (o offer) apply(model *person, key string) request {
	return request{model, http.MethodPost, fmt.Sprintf("/v1/recruitments/%d/bookings", o.id), map[string]any{"slotId": o.slot}, key}
}

func act(who *person, booking int64, action, key string) request {
	return request{who, http.MethodPost, fmt.Sprintf("/v1/bookings/%d/%s", booking, action), nil, key}
}

// booked makes a booking and returns its id.
func (s *stage) booked(ctx context.Context, o offer, model *person) (int64, error) {
	a := s.insist(ctx, o.apply(model, key()), http.StatusCreated)
	return idOf(a)
}

func idOf(a answer) (int64, error) {
	var made struct{ ID int64 }
	if err := a.read(&made); err != nil || made.ID == 0 {
		return 0, fmt.Errorf("nothing was made: %s, %s", a, a.body)
	}
	return made.ID, nil
}
