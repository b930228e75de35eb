package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

// Scenario is one line of the table.
type Scenario struct {
	Name   string
	Rounds int
	Play   func(context.Context, *Stage) error
}

// Tally counts what came of a scenario.
type Tally struct {
	Name                                                      string
	Rounds                                                    int
	begin                                                     time.Time
	seconds                                                   float64
	requests, acknowledged, unavailable, refused, wrong, lost atomic.Int64

	mu               sync.Mutex
	slowest          time.Duration // answer
	slowestOf        string
	lastAcknowledged time.Time
	longestPause     time.Duration
}

// Column is one more of the table.
type Column struct {
	Name string
	Cell func(*Tally) string
}

func (t *Tally) cells(more []Column) []string {
	cells := []string{t.Name, fmt.Sprint(t.Rounds)}
	for _, n := range []*atomic.Int64{&t.requests, &t.acknowledged, &t.unavailable, &t.refused, &t.wrong, &t.lost} {
		cells = append(cells, fmt.Sprint(n.Load()))
	}
	for _, column := range more {
		cells = append(cells, column.Cell(t))
	}
	return append(cells, fmt.Sprintf("%.0f", t.seconds))
}

func (t *Tally) String() string {
	slowest, of := t.Slowest()
	return fmt.Sprintf("%d requests, %d writes acknowledged, %d times 503, %d refused, %d wrong, %d lost, the slowest answer after %.1f s (%s)",
		t.requests.Load(), t.acknowledged.Load(), t.unavailable.Load(), t.refused.Load(), t.wrong.Load(), t.lost.Load(), slowest.Seconds(), of)
}

// acknowledge counts a write, and how long it has been since the one before.
func (t *Tally) acknowledge() {
	t.acknowledged.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if !t.lastAcknowledged.IsZero() {
		t.longestPause = max(t.longestPause, now.Sub(t.lastAcknowledged))
	}
	t.lastAcknowledged = now
}

// Resume leaves the time until now out of the longest pause.
func (t *Tally) Resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lastAcknowledged = time.Now()
}

// LongestPause is the longest time in which no write was acknowledged.
func (t *Tally) LongestPause() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.longestPause
}

func (t *Tally) took(d time.Duration, r Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d > t.slowest {
		t.slowest, t.slowestOf = d, r.Method+" "+r.Path
	}
}

// Unavailable is how many requests were answered with a 503.
func (t *Tally) Unavailable() int64 { return t.unavailable.Load() }

// Slowest is how long the slowest answer took, and to what.
func (t *Tally) Slowest() (time.Duration, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.slowest, t.slowestOf
}

// Play plays the scenarios whose names match, so many at once, each on a stage in
// a folder of its own under work, and prints the table, with more columns. It
// returns an error when anything was wrong or lost.
func Play(ctx context.Context, work string, scenarios []Scenario, only string, atOnce int, more ...Column) error {
	which, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	var tallies []*Tally
	group := errgroup.Group{}
	group.SetLimit(atOnce)
	for i, scenario := range scenarios {
		if !which.MatchString(scenario.Name) {
			continue
		}
		s := &Stage{Work: filepath.Join(work, fmt.Sprint(i+1)), Tally: &Tally{Name: scenario.Name, Rounds: scenario.Rounds}}
		tallies = append(tallies, s.Tally)
		group.Go(func() error {
			if err := os.Mkdir(s.Work, 0o700); err != nil {
				return err
			}
			s.run(ctx, scenario)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return report(tallies, more)
}

func (s *Stage) run(ctx context.Context, scenario Scenario) {
	s.Tally.begin = time.Now()
	s.Say("begins")
	if err := scenario.Play(ctx, s); err != nil {
		s.Fault("%v", err)
	}
	if err := s.Down(); err != nil {
		s.Fault("%v", err)
	}
	s.Tally.seconds = time.Since(s.Tally.begin).Seconds()
	s.Say("done: %s", s.Tally)
}

func report(tallies []*Tally, more []Column) error {
	fmt.Println()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	names := []string{"scenario", "rounds", "requests", "acknowledged", "503", "refused", "wrong", "lost"}
	for _, column := range more {
		names = append(names, column.Name)
	}
	fmt.Fprintln(out, strings.Join(append(names, "seconds"), "\t")+"\t")
	bad := false
	for _, t := range tallies {
		fmt.Fprintln(out, strings.Join(t.cells(more), "\t")+"\t")
		bad = bad || t.wrong.Load() > 0 || t.lost.Load() > 0
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad {
		return errors.New("something was wrong or lost")
	}
	return nil
}
