package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"freety/db"
)

// owner is the person whose requests are measured.
type owner struct {
	url, email, token string
	logIns            int
}

type logIn struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

const (
	password = "a right password"
	homes    = 20 // addresses that the owner signs in from
)

// signUp makes the owner, who has signed in before from every home.
func signUp(ctx context.Context, url string) (*owner, error) {
	o := &owner{url: url, email: "owner@example.com"}
	var session struct{ AccessToken string }
	status, err := call(ctx, "198.51.100.1", http.MethodPost, url+"/v1/signup/email", "",
		map[string]string{"role": "model", "email": o.email, "password": password, "name": "김하늘", "birthDate": "1999-05-17"}, &session)
	if err != nil || status != http.StatusCreated {
		return nil, fmt.Errorf("sign up: %d %w", status, err)
	}
	o.token = session.AccessToken
	for range homes {
		if status, err := o.logIn(ctx); err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("log in: %d %w", status, err)
		}
	}
	return o, nil
}

// logIn signs in from the next home, so that no home does it often.
func (o *owner) logIn(ctx context.Context) (int, error) {
	o.logIns++
	return call(ctx, fmt.Sprintf("198.51.100.%d", o.logIns%homes+1), http.MethodPost, o.url+"/v1/login/email", "", logIn{o.email, password}, nil)
}

func (o *owner) me(ctx context.Context) (int, error) {
	return call(ctx, "198.51.100.1", http.MethodGet, o.url+"/v1/me", o.token, nil, nil)
}

func (o *owner) ready(ctx context.Context) (int, error) {
	return call(ctx, "", http.MethodGet, o.url+"/readyz", "", nil, nil)
}

// probe is one request, sent again and again.
type probe struct {
	took   []time.Duration
	failed int // answered with anything but 200
}

// repeat sends the request every so often until ctx ends. The last one is let finish.
func (p *probe) repeat(ctx context.Context, every time.Duration, request func(context.Context) (int, error)) {
	for ctx.Err() == nil {
		begin := time.Now()
		status, err := request(context.WithoutCancel(ctx))
		p.took = append(p.took, time.Since(begin))
		if err != nil || status != http.StatusOK {
			p.failed++
		}
		select {
		case <-time.After(every - time.Since(begin)):
		case <-ctx.Done():
		}
	}
}

func (p *probe) median() time.Duration {
	slices.Sort(p.took)
	return p.took[len(p.took)/2].Round(10 * time.Microsecond)
}

func (p *probe) times(idle probe) float64 { return float64(p.median()) / float64(idle.median()) }

// outcome is what the probes saw in one attack, or in none.
type outcome struct {
	me, logIn, ready probe
	statements       int // that ran at once in the database, at the most
	attackers        answers
}

func measure(ctx context.Context, o *owner, dsn string, lasts time.Duration, a *attack) (*outcome, error) {
	pool, err := db.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = pool.Close() }()
	attacked, end := context.WithTimeout(ctx, lasts)
	defer end()
	var work sync.WaitGroup
	var out outcome
	if a != nil {
		work.Go(func() { out.attackers = a.run(attacked, o) })
		time.Sleep(time.Second) // until the attack is at its full
	}
	work.Go(func() { out.me.repeat(attacked, 150*time.Millisecond, o.me) })
	work.Go(func() { out.logIn.repeat(attacked, 700*time.Millisecond, o.logIn) })
	work.Go(func() { out.ready.repeat(attacked, 200*time.Millisecond, o.ready) })
	var counted error
	work.Go(func() {
		for attacked.Err() == nil && counted == nil {
			var running int
			counted = pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Query' AND ID <> CONNECTION_ID()").Scan(&running)
			out.statements = max(out.statements, running)
			time.Sleep(100 * time.Millisecond)
		}
	})
	work.Wait()
	// What the attack has left behind must not meet the next one.
	time.Sleep(3 * time.Second)
	return &out, counted
}
