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

	mu        sync.Mutex
	slowest   time.Duration // answer
	slowestOf string
}

// NewTally begins to count.
func NewTally(name string, rounds int) *Tally {
	return &Tally{Name: name, Rounds: rounds, begin: time.Now()}
}

func (t *Tally) cells() []string {
	cells := []string{t.Name, fmt.Sprint(t.Rounds)}
	for _, n := range []*atomic.Int64{&t.requests, &t.acknowledged, &t.unavailable, &t.refused, &t.wrong, &t.lost} {
		cells = append(cells, fmt.Sprint(n.Load()))
	}
	return append(cells, fmt.Sprintf("%.0f", t.seconds))
}

func (t *Tally) String() string {
	slowest, of := t.Slowest()
	return fmt.Sprintf("%d requests, %d writes acknowledged, %d times 503, %d refused, %d wrong, %d lost, the slowest answer after %.1f s (%s)",
		t.requests.Load(), t.acknowledged.Load(), t.unavailable.Load(), t.refused.Load(), t.wrong.Load(), t.lost.Load(), slowest.Seconds(), of)
}

// End ends the time that is counted.
func (t *Tally) End() { t.seconds = time.Since(t.begin).Seconds() }

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
// a folder of its own under work, and prints the table. It returns an error when
// anything was wrong or lost.
func Play(ctx context.Context, work string, scenarios []Scenario, only string, atOnce int) error {
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
		s := &Stage{Work: filepath.Join(work, fmt.Sprint(i+1)), Tally: NewTally(scenario.Name, scenario.Rounds)}
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
	return Report(tallies)
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
	s.Tally.End()
	s.Say("done: %s", s.Tally)
}

// Report prints the table, and returns an error when anything was wrong or lost.
func Report(tallies []*Tally) error {
	fmt.Println()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "scenario\trounds\trequests\tacknowledged\t503\trefused\twrong\tlost\tseconds\t")
	bad := false
	for _, t := range tallies {
		fmt.Fprintln(out, strings.Join(t.cells(), "\t")+"\t")
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
