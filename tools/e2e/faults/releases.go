package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"freety/db"
	"freety/tools/e2e/stage"

	"golang.org/x/sync/errgroup"
)

// releases are the programs of this one and of the next.
type releases struct{ now, next string }

// pair is a server of each release on one database.
type pair struct {
	*stage.Stage
	database  *database
	dsn       string
	now, next *stage.Server
}

func newPair(ctx context.Context, s *stage.Stage, r releases) (*pair, error) {
	b, err := newDatabase(ctx, s, largeDisk)
	if err != nil {
		return nil, err
	}
	p := &pair{Stage: s, database: b, dsn: b.dsn("pair")}
	if p.now, err = s.NewServer(r.now, p.dsn); err != nil {
		return nil, err
	}
	p.next, err = s.NewServer(r.next, p.dsn)
	return p, err
}

const together = 2 * time.Second // for which both releases answer

// bothOrders starts one release under the load of the other, and each again.
func bothOrders(r releases) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		p, err := newPair(ctx, s, r)
		if err != nil {
			return err
		}
		for round := range s.Tally.Rounds {
			first, second := p.now, p.next
			if round%2 == 1 {
				first, second = second, first
			}
			if err := p.upgrade(ctx, first, second); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
			s.Say("%d of %d rounds", round+1, s.Tally.Rounds)
		}
		return nil
	}
}

func (p *pair) upgrade(ctx context.Context, first, second *stage.Server) error {
	if err := p.database.empty(ctx, "pair"); err != nil {
		return err
	}
	if err := first.Up(ctx); err != nil {
		return err
	}
	steps := []func() error{
		func() error { return second.Up(ctx) },
		first.Stop,
		func() error { return first.Up(ctx) },
		second.Stop,
		func() error { return second.Up(ctx) },
	}
	err := p.UnderLoad(ctx, p.dsn, pace, func(*stage.Load) error {
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
			if err := stage.Rest(ctx, together); err != nil {
				return err
			}
		}
		return stage.WholeNext(ctx, p.dsn)
	})
	return errors.Join(err, p.Down())
}

// killedAmongItsViews kills the next release at one of its statements about views,
// while this one runs, goes away and comes back.
func killedAmongItsViews(r releases, everyNth int64) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		b, err := newDatabase(ctx, s, largeDisk)
		if err != nil {
			return err
		}
		last, err := killAmongViews(ctx, s, b, r, 0)
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(startsAtOnce / 2)
		for nth := int64(1); nth <= last; nth += everyNth {
			s.Tally.Rounds++
			group.Go(func() error {
				if _, err := killAmongViews(ctx, s, b, r, nth); err != nil {
					s.Fault("at statement %d: %v", nth, err)
				}
				return nil
			})
		}
		return group.Wait()
	}
}

func killAmongViews(ctx context.Context, s *stage.Stage, b *database, r releases, nth int64) (seen int64, err error) {
	name := fmt.Sprintf("views%d", nth)
	if err := b.empty(ctx, name); err != nil {
		return 0, err
	}
	socket, err := b.socket()
	if err != nil {
		return 0, err
	}
	wire := filepath.Join(s.Work, name)
	p := &pair{Stage: &stage.Stage{Work: filepath.Join(s.Work, name+".folder"), Tally: s.Tally}, database: b, dsn: b.dsn(name)}
	if p.now, err = p.NewServer(r.now, p.dsn); err != nil {
		return 0, err
	}
	if err := p.Up(ctx); err != nil {
		return 0, err
	}
	somebody, err := p.NewPerson(ctx, "model")
	if err != nil {
		return 0, err
	}
	if p.next, err = p.NewServer(r.next, dsn(wire, name)); err != nil {
		return 0, err
	}
	w, err := newTripwire(wire, socket, viewChange, nth, func() {
		p.next.Signal(syscall.SIGKILL)
		<-p.next.Ended()
	})
	if err != nil {
		return 0, err
	}
	defer w.close()
	if err := p.next.Begin(); err != nil {
		return 0, err
	}
	defer func() { _ = p.next.Kill() }()
	if nth == 0 {
		err := p.next.Ready(ctx)
		return w.seen.Load(), errors.Join(err, p.Down())
	}
	select {
	case <-p.next.Ended():
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(stopTime):
		return 0, fmt.Errorf("no statement %d within %s", nth, stopTime)
	}
	if err := p.next.Kill(); err != nil {
		return 0, err
	}
	p.next.DSN = p.dsn
	for _, step := range []func() error{
		func() error { return nil },
		p.now.Stop,
		func() error { return p.now.Up(ctx) },
		func() error { return p.next.Up(ctx) },
	} {
		if err := step(); err != nil {
			return 0, err
		}
		p.answer(ctx, somebody)
	}
	if err := stage.WholeNext(ctx, p.dsn); err != nil {
		return 0, err
	}
	return 0, p.Down()
}

// answer wants every server that is up to answer somebody.
func (p *pair) answer(ctx context.Context, who *stage.Person) {
	for _, server := range p.Servers {
		if !server.IsUp() {
			continue
		}
		for _, path := range []string{"/readyz", "/v1/me", "/v1/me/profile", "/v1/me/bookings", "/v1/me/favorites", "/v1/recruitments", "/v1/services"} {
			if a := p.Send(ctx, server, stage.Request{Who: who, Method: http.MethodGet, Path: path}); a.Status != http.StatusOK {
				p.Fault("%s of server %d: %s", path, server.Number, a)
			}
		}
	}
}

// held is how long a request keeps the table that a migration changes.
const held = 12 * time.Second

// migrationUnderLoad starts the next release while the table that its migration
// changes is in use, and for a while in a single transaction.
func migrationUnderLoad(r releases) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		p, err := newPair(ctx, s, r)
		if err != nil {
			return err
		}
		for round := range s.Tally.Rounds {
			if err := p.migrate(ctx); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
			s.Say("%d of %d rounds: %s", round+1, s.Tally.Rounds, s.Tally)
		}
		if slowest, of := s.Tally.Slowest(); slowest >= held {
			s.Fault("%s waited %s, as long as the table was kept", of, slowest)
		}
		return nil
	}
}

func (p *pair) migrate(ctx context.Context) error {
	if err := p.database.empty(ctx, "pair"); err != nil {
		return err
	}
	if err := p.now.Up(ctx); err != nil {
		return err
	}
	err := p.UnderLoad(ctx, p.dsn, pace, func(*stage.Load) error {
		if err := p.migrateInTime(ctx); err != nil {
			return err
		}
		if err := stage.Rest(ctx, together); err != nil {
			return err
		}
		return stage.WholeNext(ctx, p.dsn)
	})
	return errors.Join(err, p.Down())
}

// migrateInTime starts the next release while a transaction keeps the table.
func (p *pair) migrateInTime(ctx context.Context) error {
	return stage.On(ctx, p.dsn, func(d *db.DB) error {
		tx, err := d.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		// Enough to keep others from changing the table, not from using it.
		if _, err := tx.ExecContext(ctx, "DELETE FROM accounts WHERE id = 0"); err != nil {
			return err
		}
		up := make(chan error, 1)
		go func() { up <- p.next.Up(ctx) }()
		select {
		case err := <-up:
			return fmt.Errorf("the migration did not wait, %w", err)
		case <-time.After(held):
		}
		return errors.Join(tx.Rollback(), <-up)
	})
}
