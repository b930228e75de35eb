package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"freety/db"
	"freety/db/mariadb"
	"freety/tools/e2e/stage"
)

// cluster is the nodes, and a stage with a server on each, for one scenario after
// another.
type cluster struct {
	*stage.Stage
	nodes   []*node
	aborted map[*stage.Tally]int // transactions that the cluster has aborted
}

func newCluster(ctx context.Context, work string) (*cluster, error) {
	c := &cluster{Stage: &stage.Stage{Work: work}, aborted: map[*stage.Tally]int{}}
	if err := openNetwork(ctx, nodeCount); err != nil {
		return nil, err
	}
	program, err := mariadb.Find(ctx)
	if err != nil {
		return nil, err
	}
	first := filepath.Join(work, "seed")
	if err := seed(ctx, first); err != nil {
		return nil, err
	}
	for number := 1; number <= nodeCount; number++ {
		n := &node{number: number, dir: filepath.Join(work, namespace(number)), program: program}
		c.nodes = append(c.nodes, n)
		if err := os.MkdirAll(n.data(), 0o700); err != nil {
			return nil, err
		}
		if number == 1 {
			if err := os.CopyFS(n.data(), os.DirFS(filepath.Join(first, "data"))); err != nil {
				return nil, err
			}
		}
		if err := n.configure(); err != nil {
			return nil, err
		}
		if err := n.start(ctx, number == 1); err != nil {
			return nil, err
		}
		if _, err := c.NewServer(filepath.Join(work, "freety"), n.dsn()); err != nil {
			return nil, err
		}
	}
	return c, os.RemoveAll(first)
}

// scenario plays on the cluster, and counts what that aborts.
func (c *cluster) scenario(name string, rounds int, play func(context.Context, *cluster) error) stage.Scenario {
	return stage.Scenario{Name: name, Rounds: rounds, Play: func(ctx context.Context, s *stage.Stage) error {
		c.Tally = s.Tally
		before := c.aborts(ctx)
		err := play(ctx, c)
		for i, after := range c.aborts(ctx) {
			if after < before[i] {
				before[i] = 0 // a node that was started meanwhile has counted anew
			}
			c.aborted[c.Tally] += after - before[i]
		}
		return err
	}}
}

// on opens the database of a node for as long as do takes. A node that is away is
// waited for, so do may begin more than once.
func (c *cluster) on(ctx context.Context, n *node, do func(d *db.DB) error) error {
	return c.onAny(ctx, []*node{n}, do)
}

// onAny is on, with the first of the nodes that is not away.
func (c *cluster) onAny(ctx context.Context, nodes []*node, do func(d *db.DB) error) error {
	for begin, i := time.Now(), 0; ; i++ {
		err := stage.On(ctx, nodes[i%len(nodes)].dsn(), do)
		if err == nil || ctx.Err() != nil || time.Since(begin) > settleTime {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// aborts is how many transactions each node has aborted since it was started,
// because of one of another node.
func (c *cluster) aborts(ctx context.Context) (counts [nodeCount]int) {
	for i, n := range c.nodes {
		// A node that is not there has none to tell.
		_ = c.on(ctx, n, func(d *db.DB) error {
			return d.QueryRowContext(ctx, "SELECT COALESCE(SUM(VARIABLE_VALUE), 0) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('wsrep_local_bf_aborts', 'wsrep_local_cert_failures')").Scan(&counts[i])
		})
	}
	return counts
}

// audit counts what disagrees in the database, as a node has it.
func (c *cluster) audit(ctx context.Context, n *node) error {
	return c.on(ctx, n, func(d *db.DB) error { return c.AuditOf(ctx, d, fmt.Sprintf("node %d", n.number)) })
}
