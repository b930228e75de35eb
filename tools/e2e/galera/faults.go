package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"

	"freety/tools/e2e/stage"
)

const (
	before = 3 * time.Second // of load, with nothing wrong
	absent = 5 * time.Second // of a node that was killed
)

// underLoad plays a fault once a round while people use the product, and looks
// after each whether all is there.
func underLoad(fault func(ctx context.Context, c *cluster, round int) error) func(context.Context, *cluster) error {
	return func(ctx context.Context, c *cluster) error {
		l, err := c.newLoad(ctx)
		if err != nil {
			return err
		}
		defer l.End()
		for round := range c.Tally.Rounds {
			if err := stage.Rest(ctx, before); err != nil {
				return err
			}
			if err := fault(ctx, c, round); err != nil {
				return err
			}
			if err := stage.Rest(ctx, before/3); err != nil {
				return err
			}
			if err := c.compare(ctx, l); err != nil {
				return err
			}
			c.Say("%d of %d rounds: %s", round+1, c.Tally.Rounds, c.Tally)
		}
		return nil
	}
}

// killNode kills a node, which comes back after some time.
func killNode(ctx context.Context, c *cluster, round int) error {
	n := c.nodes[round%nodeCount]
	if err := n.kill(); err != nil {
		return err
	}
	if err := stage.Rest(ctx, absent); err != nil {
		return err
	}
	return n.start(ctx, false)
}

// stopNode stops a node for so long, as a machine that hangs does.
func stopNode(d time.Duration) func(context.Context, *cluster, int) error {
	return func(ctx context.Context, c *cluster, round int) error {
		n := c.nodes[round%nodeCount]
		if err := n.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		waited := stage.Rest(ctx, d)
		if err := n.signal(syscall.SIGCONT); err != nil || waited != nil {
			return err
		}
		return c.comeBack(ctx, n)
	}
}

// cutNode cuts a node off from the others, or also from its server.
func cutNode(d time.Duration, nets ...string) func(context.Context, *cluster, int) error {
	return func(ctx context.Context, c *cluster, round int) error {
		n := c.nodes[round%nodeCount]
		return c.whileCut(ctx, []*node{n}, nets, func() error { return stage.Rest(ctx, d) })
	}
}

// loseQuorum cuts all nodes off from one another, so that none may read or write,
// which no server may hide.
func loseQuorum(d time.Duration) func(context.Context, *cluster, int) error {
	return func(ctx context.Context, c *cluster, _ int) error {
		return c.whileCut(ctx, c.nodes, []string{clusterNet}, func() error {
			if err := stage.Rest(ctx, d); err != nil {
				return err
			}
			for _, server := range c.Servers {
				if status, err := server.Readiness(ctx); err != nil || status != http.StatusServiceUnavailable {
					c.Fault("server %d without quorum: readyz answers %d, %v", server.Number, status, err)
				}
			}
			return nil
		})
	}
}

// whileCut does something while nodes are cut off, and waits until they are back.
func (c *cluster) whileCut(ctx context.Context, nodes []*node, nets []string, do func() error) error {
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
		if err := c.comeBack(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// comeBack waits until a node that was away is in the cluster again. It may not
// know yet that it was away.
func (c *cluster) comeBack(ctx context.Context, n *node) error {
	if err := stage.Rest(ctx, time.Second); err != nil {
		return err
	}
	return n.joined(ctx)
}

// racesUnderKills plays every race while nodes are killed and come back.
func racesUnderKills(ctx context.Context, c *cluster) error {
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
			if err := killNode(ctx, c, n); err != nil {
				killed <- err
				return
			}
		}
	}()
	if err := c.races(ctx, races...); err != nil {
		return err
	}
	close(done)
	return <-killed
}
