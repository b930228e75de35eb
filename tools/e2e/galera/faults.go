package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"
)

const (
	before = 3 * time.Second // of load, with nothing wrong
	absent = 5 * time.Second // of a node that was killed
)

// underLoad plays a fault once a round while people use the product, and looks
// after each whether all is there.
func underLoad(fault func(ctx context.Context, s *stage, round int) error) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		l, err := s.newLoad(ctx)
		if err != nil {
			return err
		}
		defer l.end()
		s.tally.resume()
		for round := range s.tally.rounds {
			if err := rest(ctx, before); err != nil {
				return err
			}
			if err := fault(ctx, s, round); err != nil {
				return err
			}
			if err := rest(ctx, before/3); err != nil {
				return err
			}
			if err := l.check(ctx); err != nil {
				return err
			}
			s.say("%d of %d rounds: %s", round+1, s.tally.rounds, s.tally)
		}
		return nil
	}
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// killNode kills a node, which comes back after some time.
func killNode(ctx context.Context, s *stage, round int) error {
	n := s.nodes[round%nodeCount]
	if err := n.kill(); err != nil {
		return err
	}
	if err := rest(ctx, absent); err != nil {
		return err
	}
	return n.start(ctx, false)
}

// stopNode stops a node for so long, as a machine that hangs does.
func stopNode(d time.Duration) func(context.Context, *stage, int) error {
	return func(ctx context.Context, s *stage, round int) error {
		n := s.nodes[round%nodeCount]
		if err := n.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		waited := rest(ctx, d)
		if err := n.signal(syscall.SIGCONT); err != nil || waited != nil {
			return err
		}
		return s.comeBack(ctx, n)
	}
}

// cutNode cuts a node off from the others, or also from its server.
func cutNode(d time.Duration, nets ...string) func(context.Context, *stage, int) error {
	return func(ctx context.Context, s *stage, round int) error {
		n := s.nodes[round%nodeCount]
		return s.whileCut(ctx, []*node{n}, nets, func() error { return rest(ctx, d) })
	}
}

// loseQuorum cuts all nodes off from one another, so that none may read or write,
// which no server may hide.
func loseQuorum(d time.Duration) func(context.Context, *stage, int) error {
	return func(ctx context.Context, s *stage, _ int) error {
		return s.whileCut(ctx, s.nodes, []string{clusterNet}, func() error {
			if err := rest(ctx, d); err != nil {
				return err
			}
			for _, server := range s.servers {
				if status, err := server.readiness(); err != nil || status != http.StatusServiceUnavailable {
					s.fault("server %d without quorum: readyz answers %d, %v", server.number, status, err)
				}
			}
			return nil
		})
	}
}

// whileCut does something while nodes are cut off, and waits until they are back.
func (s *stage) whileCut(ctx context.Context, nodes []*node, nets []string, do func() error) error {
	change := func(off bool) error {
		for _, n := range nodes {
			for _, net := range nets {
				if err := cut(ctx, net, n.number, off); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := change(true); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := change(false); err != nil {
		return err
	}
	for _, n := range nodes {
		if err := s.comeBack(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// comeBack waits until a node that was away is in the cluster again. It may not
// know yet that it was away.
func (s *stage) comeBack(ctx context.Context, n *node) error {
	if err := rest(ctx, time.Second); err != nil {
		return err
	}
	return n.joined(ctx)
}

// racesUnderKills plays every race while nodes are killed and come back.
func racesUnderKills(ctx context.Context, s *stage) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	killed := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				killed <- nil
				return
			case <-time.After(3*before + rand.N(before)):
			}
			if err := killNode(ctx, s, n); err != nil {
				killed <- err
				return
			}
		}
	}()
	if err := s.races(ctx, races...); err != nil {
		return err
	}
	close(done)
	return <-killed
}
