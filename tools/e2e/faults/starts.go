package main

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"freety/tools/e2e/stage"

	"golang.org/x/sync/errgroup"
)

const (
	startsAtOnce = 12 // most of the time they wait for the lock of the one that was killed
	stopTime     = 30 * time.Second
)

// interruptedStarts ends a first start with the signal at one of so many
// statements, and starts again.
func interruptedStarts(program string, signal syscall.Signal, everyNth int64) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		migrations, err := stage.Migrations()
		if err != nil {
			return err
		}
		b, err := newDatabase(ctx, s, largeDisk)
		if err != nil {
			return err
		}
		last, err := interruptedStart(ctx, s, b, program, signal, 0, migrations)
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(startsAtOnce)
		for nth := int64(1); nth <= last; nth += everyNth {
			s.Tally.Rounds++
			group.Go(func() error {
				if _, err := interruptedStart(ctx, s, b, program, signal, nth, migrations); err != nil {
					s.Fault("at statement %d: %v", nth, err)
				}
				if nth%(10*everyNth) == 1 {
					s.Say("statement %d of %d", nth, last)
				}
				return nil
			})
		}
		return group.Wait()
	}
}

// interruptedStart returns how many statements that change something were seen.
func interruptedStart(ctx context.Context, s *stage.Stage, b *database, program string, signal syscall.Signal, nth int64, migrations int) (seen int64, err error) {
	name := fmt.Sprintf("start%d", nth)
	if err := b.empty(ctx, name); err != nil {
		return 0, err
	}
	socket, err := b.socket()
	if err != nil {
		return 0, err
	}
	wire := filepath.Join(s.Work, name)
	own := stage.Stage{Work: filepath.Join(s.Work, name+".folder"), Tally: s.Tally}
	server, err := own.NewServer(program, dsn(wire, name))
	if err != nil {
		return 0, err
	}
	w, err := newTripwire(wire, socket, anyChange, nth, func() {
		server.Signal(signal)
		if signal == syscall.SIGKILL {
			<-server.Ended()
		}
	})
	if err != nil {
		return 0, err
	}
	defer w.close()
	if err := server.Begin(); err != nil {
		return 0, err
	}
	defer func() { _ = server.Kill() }()
	if nth == 0 {
		if err := server.Ready(ctx); err != nil {
			return 0, err
		}
		seen = w.seen.Load()
		return seen, server.Stop()
	}
	select {
	case <-server.Ended():
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(stopTime):
		return 0, fmt.Errorf("the start does not end within %s; see %s", stopTime, server.Log())
	}
	if signal == syscall.SIGTERM {
		// It has ended by itself, without a failure.
		if err := server.Stop(); err != nil {
			return 0, err
		}
	} else if err := server.Kill(); err != nil {
		return 0, err
	}
	server.DSN = b.dsn(name)
	if err := server.Up(ctx); err != nil {
		return 0, err
	}
	if err := stage.Whole(ctx, server.DSN, migrations); err != nil {
		return 0, err
	}
	return 0, server.Stop()
}

const starters = 8

// startsAtTheSameTime has many servers start at once on an empty database.
func startsAtTheSameTime(program string) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		migrations, err := stage.Migrations()
		if err != nil {
			return err
		}
		b, err := newDatabase(ctx, s, largeDisk)
		if err != nil {
			return err
		}
		for range starters {
			if _, err := s.NewServer(program, b.dsn("together")); err != nil {
				return err
			}
		}
		for round := range s.Tally.Rounds {
			if err := b.empty(ctx, "together"); err != nil {
				return err
			}
			if err := s.Up(ctx); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
			if err := stage.Whole(ctx, b.dsn("together"), migrations); err != nil {
				s.Fault("round %d: %v", round, err)
			}
			if err := s.Down(); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
			s.Say("%d of %d rounds", round+1, s.Tally.Rounds)
		}
		return nil
	}
}
