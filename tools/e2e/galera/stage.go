package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"freety/db"
	"freety/db/audit"
	"freety/db/mariadb"

	"golang.org/x/sync/errgroup"
)

// tally counts what came of one scenario.
type tally struct {
	name                                                      string
	rounds                                                    int
	begin                                                     time.Time
	lastAcknowledged, longestPause                            atomic.Int64 // in nanoseconds
	aborted                                                   int          // transactions that the cluster has aborted
	took                                                      time.Duration
	requests, acknowledged, unavailable, refused, wrong, lost atomic.Int64
}

func (t *tally) cells() []string {
	cells := []string{t.name, fmt.Sprint(t.rounds)}
	for _, n := range []*atomic.Int64{&t.requests, &t.acknowledged, &t.unavailable, &t.refused, &t.wrong, &t.lost} {
		cells = append(cells, fmt.Sprint(n.Load()))
	}
	return append(cells, fmt.Sprint(t.aborted), fmt.Sprintf("%.1f", time.Duration(t.longestPause.Load()).Seconds()), fmt.Sprintf("%.0f", t.took.Seconds()))
}

// acknowledge counts a write, and how long it has been since the one before.
func (t *tally) acknowledge() {
	t.acknowledged.Add(1)
	now := time.Now().UnixNano()
	if last := t.lastAcknowledged.Swap(now); last != 0 && now-last > t.longestPause.Load() {
		t.longestPause.Store(now - last)
	}
}

// resume leaves the time until now out of the longest pause.
func (t *tally) resume() { t.lastAcknowledged.Store(time.Now().UnixNano()) }

func (t *tally) String() string {
	return fmt.Sprintf("%d requests, %d writes acknowledged, %d times 503, %d refused, %d wrong, %d lost",
		t.requests.Load(), t.acknowledged.Load(), t.unavailable.Load(), t.refused.Load(), t.wrong.Load(), t.lost.Load())
}

// stage is the cluster, the servers on it, and what a scenario needs.
type stage struct {
	work    string
	nodes   []*node
	servers []*server
	tally   *tally

	people atomic.Int64 // how many have ever been
	hours  atomic.Int64 // slots that have been given out
	said   sync.Mutex
}

func newStage(ctx context.Context, work string) (*stage, error) {
	s := &stage{work: work}
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
		s.nodes = append(s.nodes, n)
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
		server, err := newServer(work, filepath.Join(work, "freety"), n)
		if err != nil {
			return nil, err
		}
		s.servers = append(s.servers, server)
	}
	return s, os.RemoveAll(first)
}

// say prints a line about how the scenario goes.
func (s *stage) say(format string, args ...any) {
	s.said.Lock()
	defer s.said.Unlock()
	fmt.Printf("%s %5.0f s  %s: %s\n", time.Now().UTC().Format(time.TimeOnly), time.Since(s.tally.begin).Seconds(), s.tally.name, fmt.Sprintf(format, args...))
}

const mostFaultsSaid = 30

// fault counts something that must not be.
func (s *stage) fault(format string, args ...any) {
	if s.tally.wrong.Add(1) <= mostFaultsSaid {
		s.say("WRONG: "+format, args...)
	}
}

// loss counts a write that was acknowledged and is not there.
func (s *stage) loss(format string, args ...any) {
	if s.tally.lost.Add(1) <= mostFaultsSaid {
		s.say("LOST: "+format, args...)
	}
}

// up has all servers run.
func (s *stage) up(ctx context.Context) error {
	group := errgroup.Group{}
	for _, server := range s.servers {
		group.Go(func() error {
			if server.process == nil {
				if err := server.begin(); err != nil {
					return err
				}
			}
			return server.ready(ctx)
		})
	}
	return group.Wait()
}

func (s *stage) down() error {
	group := errgroup.Group{}
	for _, server := range s.servers {
		group.Go(server.stop)
	}
	return group.Wait()
}

// on opens the database of a node for as long as do takes. A node that is away is
// waited for, so do may begin more than once.
func (s *stage) on(ctx context.Context, n *node, do func(d *db.DB) error) error {
	return s.onAny(ctx, []*node{n}, do)
}

// onAny is on, with the first of the nodes that is not away.
func (s *stage) onAny(ctx context.Context, nodes []*node, do func(d *db.DB) error) error {
	for begin, i := time.Now(), 0; ; i++ {
		d, err := db.Open(ctx, nodes[i%len(nodes)].dsn())
		if err == nil {
			err = errors.Join(do(d), d.Close())
		}
		if err == nil || ctx.Err() != nil || time.Since(begin) > settleTime {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// aborts is how many transactions each node has aborted since it was started,
// because of one of another node.
func (s *stage) aborts(ctx context.Context) (counts [nodeCount]int) {
	for i, n := range s.nodes {
		// A node that is not there has none to tell.
		_ = s.on(ctx, n, func(d *db.DB) error {
			return d.QueryRowContext(ctx, "SELECT COALESCE(SUM(VARIABLE_VALUE), 0) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('wsrep_local_bf_aborts', 'wsrep_local_cert_failures')").Scan(&counts[i])
		})
	}
	return counts
}

// countAborts adds what the nodes have aborted since before. A node that was
// started meanwhile has counted anew.
func (t *tally) countAborts(before, after [nodeCount]int) {
	for i := range after {
		if after[i] < before[i] {
			before[i] = 0
		}
		t.aborted += after[i] - before[i]
	}
}

// audit counts what disagrees in the database, as a node has it.
func (s *stage) audit(ctx context.Context, n *node) error {
	return s.on(ctx, n, func(d *db.DB) error {
		for _, rule := range audit.Rules {
			faults, err := rule.Faults(ctx, d)
			if err != nil {
				return err
			}
			for _, fault := range faults {
				s.fault("audit of node %d: %s", n.number, fault)
			}
		}
		return nil
	})
}
