package main

import (
	"context"
	"errors"
	"syscall"
	"time"

	"freety/db/mariadb"
	"freety/tools/e2e/stage"
)

const (
	pace       = 100 * time.Millisecond // of each person of a load
	before     = 2 * time.Second        // of load, with nothing wrong
	noticeTime = 15 * time.Second       // until a fault shows in /readyz
	healTime   = time.Minute            // until nothing of it does
)

// outage is something that the database does not do for a while.
type outage struct {
	disk       string
	lasts      time.Duration
	begin, end func(*database, context.Context) error
	// shows is whether nothing works, so that /readyz has to say so.
	shows bool
}

var outages = map[string]outage{
	"killed":  {largeDisk, 2 * time.Second, (*database).kill, (*database).start, true},
	"stopped": {largeDisk, 12 * time.Second, signalled(syscall.SIGSTOP), signalled(syscall.SIGCONT), true},
	"read-only": {largeDisk, 4 * time.Second,
		func(b *database, ctx context.Context) error { return b.run(ctx, "SET GLOBAL read_only = ON") },
		func(b *database, ctx context.Context) error { return b.run(ctx, "SET GLOBAL read_only = OFF") },
		true,
	},
	// There is room for small changes still, unless the database gives up.
	"full":               {smallDisk, 8 * time.Second, (*database).fill, (*database).unfill, false},
	"out of connections": {largeDisk, 4 * time.Second, (*database).occupy, (*database).free, true},
}

func signalled(signal syscall.Signal) func(*database, context.Context) error {
	return func(b *database, _ context.Context) error { return b.signal(signal) }
}

// databaseFails plays an outage under load, on two servers.
func databaseFails(program string, o outage) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		b, err := newDatabase(ctx, s, o.disk)
		if err != nil {
			return err
		}
		for range 2 {
			if _, err := s.NewServer(program, b.dsn(mariadb.Database)); err != nil {
				return err
			}
		}
		if err := s.Up(ctx); err != nil {
			return err
		}
		return s.UnderLoad(ctx, b.dsn(mariadb.Database), pace, func(load *stage.Load) error {
			for round := range s.Tally.Rounds {
				if err := o.play(ctx, s, b); err != nil {
					return err
				}
				if err := load.Check(ctx); err != nil {
					return err
				}
				s.Say("%d of %d rounds: %s %s", round+1, s.Tally.Rounds, s.Tally, load)
			}
			return nil
		})
	}
}

func (o outage) play(ctx context.Context, s *stage.Stage, b *database) error {
	if err := stage.Rest(ctx, before); err != nil {
		return err
	}
	unavailable := s.Tally.Unavailable()
	if err := o.begin(b, ctx); err != nil {
		return errors.Join(err, o.end(b, ctx))
	}
	if o.shows {
		awaitReadiness(ctx, s, false, noticeTime)
	}
	waited := stage.Rest(ctx, o.lasts)
	if err := errors.Join(o.end(b, ctx), waited); err != nil {
		return err
	}
	awaitReadiness(ctx, s, true, healTime)
	if s.Tally.Unavailable() == unavailable {
		s.Fault("nobody has noticed that the database failed")
	}
	return stage.Rest(ctx, before)
}

// awaitReadiness wants /readyz of every server to say so in time.
func awaitReadiness(ctx context.Context, s *stage.Stage, want bool, within time.Duration) {
	begin := time.Now()
	for _, server := range s.Servers {
		for server.IsReady(ctx) != want && ctx.Err() == nil {
			if time.Since(begin) > within {
				s.Fault("after %s, server %d being ready is still %t", within, server.Number, !want)
				break
			}
			_ = stage.Rest(ctx, 50*time.Millisecond)
		}
	}
}
