package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"freety/db/mariadb"
	"freety/tools/e2e/stage"

	"github.com/emersion/go-smtp"
)

// postOffice is a mail server that keeps to whom letters came.
type postOffice struct {
	mu       sync.Mutex
	received map[string]int // by address
}

func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &delivery{office: o}, nil
}

// delivery is one connection's.
type delivery struct {
	office *postOffice
	to     string
}

func (*delivery) Reset()                               {}
func (*delivery) Logout() error                        { return nil }
func (*delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = to
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	d.office.mu.Lock()
	defer d.office.mu.Unlock()
	d.office.received[d.to]++
	return nil
}

func (o *postOffice) letters(to string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.received[to]
}

// openPostOffice serves it behind a door.
func openPostOffice() (office *postOffice, front *door, closeAll func(), err error) {
	office = &postOffice{received: map[string]int{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, nil, err
	}
	server := smtp.NewServer(office)
	server.Domain = "localhost"
	go func() { _ = server.Serve(listener) }() // until it is closed
	front, err = newDoor(listener.Addr().String())
	return office, front, func() { _ = errors.Join(server.Close(), front.turn(shut)) }, err
}

const (
	pairsOfLetters = 2 // stylists and models, each of whom gets a letter
	withoutMail    = 6 * time.Second
	deliveryTime   = 3 * time.Minute // with the waits between tries
	quickStop      = 5 * time.Second
	quickAnswer    = 15 * time.Second
)

// mailFails has the mail server fail in some manner when letters have to be sent.
func mailFails(program string, how manner) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		b, err := newDatabase(ctx, s, largeDisk)
		if err != nil {
			return err
		}
		office, front, closeAll, err := openPostOffice()
		if err != nil {
			return err
		}
		defer closeAll()
		server, err := s.NewServer(program, b.dsn(mariadb.Database), "FREETY_SMTP_URL=smtp://"+front.Address)
		if err != nil {
			return err
		}
		if err := s.Up(ctx); err != nil {
			return err
		}
		for round := range s.Tally.Rounds {
			if err := undelivered(ctx, s, server, office, front, how); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
			s.Say("%d of %d rounds: %s", round+1, s.Tally.Rounds, s.Tally)
		}
		log, err := os.ReadFile(server.Log())
		if err != nil {
			return err
		}
		if given := strings.Count(string(log), "given up"); given > 0 {
			s.Fault("%d letters were given up", given)
		}
		return s.Audit(ctx, server.DSN)
	}
}

// undelivered has people meet while no mail gets through, and wants their letters
// when it does again.
func undelivered(ctx context.Context, s *stage.Stage, server *stage.Server, office *postOffice, front *door, how manner) error {
	var people []*stage.Person
	for i := range 2 * pairsOfLetters {
		p, err := s.NewPerson(ctx, []string{"stylist", "model"}[i%2])
		if err != nil {
			return err
		}
		people = append(people, p)
	}
	if err := front.turn(how); err != nil {
		return err
	}
	for i := range pairsOfLetters {
		o, err := s.Publish(ctx, people[2*i], true, s.Hour(), 1, "")
		if err != nil {
			return err
		}
		if _, err := s.Booked(ctx, o, people[2*i+1]); err != nil {
			return err
		}
	}
	if err := stage.Rest(ctx, withoutMail); err != nil {
		return err
	}
	if slowest, of := s.Tally.Slowest(); slowest > quickAnswer {
		s.Fault("%s took %s while no mail got through", of, slowest)
	}
	for _, p := range people {
		if n := office.letters(p.Email); n > 0 {
			s.Fault("%d letters got through to %s", n, p.Email)
		}
	}
	begin := time.Now()
	if err := server.Stop(); err != nil {
		return err
	}
	if took := time.Since(begin); took > quickStop {
		s.Fault("a stop took %s while no mail got through", took)
	} else {
		s.Say("a stop took %.1f s while no mail got through", took.Seconds())
	}
	if err := front.turn(open); err != nil {
		return err
	}
	if err := server.Up(ctx); err != nil {
		return err
	}
	return delivered(ctx, s, office, people)
}

func delivered(ctx context.Context, s *stage.Stage, office *postOffice, people []*stage.Person) error {
	begin := time.Now()
	for _, p := range people {
		for office.letters(p.Email) == 0 {
			if time.Since(begin) > deliveryTime {
				s.Loss("no letter came to %s within %s", p.Email, deliveryTime)
				break
			}
			if err := stage.Rest(ctx, 50*time.Millisecond); err != nil {
				return err
			}
		}
	}
	s.Say("all letters came within %.0f s", time.Since(begin).Seconds())
	return nil
}
