// Command galera proves Freety on a real cluster: three MariaDB nodes with
// Galera, a server on each, every race of the product through all of them, and
// nodes that are killed, stopped and cut off under load. It prints a table of
// counts, and ends with 1 when anything was wrong or lost. Run it in tools/e2e:
//
//	go run ./galera
//
// It needs root, for namespaces of network, processes and mounts; what it
// starts is in them and ends with it. Debian's packages of Galera and rsync are
// unpacked into the user's cache, and installed nowhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// inside is set in the process that runs in the namespaces; it is the work folder.
const inside = "FREETY_GALERA_WORK"

const longest = 90 * time.Minute

func main() {
	quick := flag.Bool("quick", false, "a tenth of the rounds")
	only := flag.String("only", "", "only the scenarios whose names match this expression")
	keep := flag.Bool("keep", false, "keep the work folder, with all logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	var err error
	if work := os.Getenv(inside); work != "" {
		err = play(ctx, work, *quick, *only)
	} else {
		err = enter(ctx, *keep)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "galera:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

// enter prepares what needs the machine's network, and runs the same program in
// namespaces of its own.
func enter(ctx context.Context, keep bool) error {
	if os.Getuid() != 0 {
		return errors.New("only root may make the namespaces that keep the cluster apart from the machine")
	}
	work, err := os.MkdirTemp("", "galera")
	if err != nil {
		return err
	}
	if keep {
		fmt.Println("logs stay in", work)
	} else {
		defer func() { _ = os.RemoveAll(work) }()
	}
	if err := unpack(ctx); err != nil {
		return err
	}
	if err := build(ctx, "../..", filepath.Join(work, "freety")); err != nil {
		return err
	}
	if err := buildNext(ctx, "../..", work); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	again := exec.Command(self, os.Args[1:]...)
	again.Env = append(os.Environ(), inside+"="+work)
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // Pdeathsig is about the thread
	defer runtime.UnlockOSThread()
	if err := again.Start(); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = again.Process.Signal(syscall.SIGTERM) })()
	var exit *exec.ExitError
	if err := again.Wait(); errors.As(err, &exit) {
		return errors.New("not everything held")
	} else if err != nil {
		return err
	}
	return nil
}

func build(ctx context.Context, source, program string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./server")
	cmd.Dir = source
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w: %s", err, text)
	}
	return nil
}

// scenario is one line of the table.
type scenario struct {
	name   string
	rounds int
	play   func(context.Context, *stage) error
}

func play(ctx context.Context, work string, quick bool, only string) error {
	which, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	s, err := newStage(ctx, work)
	if err != nil {
		return err
	}
	var done []*tally
	for _, scene := range scenarios() {
		if !which.MatchString(scene.name) {
			continue
		}
		if quick {
			scene.rounds = max(1, scene.rounds/10)
		}
		s.tally = &tally{name: scene.name, rounds: scene.rounds, begin: time.Now()}
		done = append(done, s.tally)
		before := s.aborts(ctx)
		if err := scene.play(ctx, s); err != nil {
			s.fault("%v", err)
		}
		s.tally.countAborts(before, s.aborts(ctx))
		s.tally.took = time.Since(s.tally.begin)
		s.say("done: %s", s.tally)
		if ctx.Err() != nil {
			break
		}
	}
	return report(done)
}

func scenarios() []scenario {
	list := []scenario{{"first starts at once", 20, firstStarts}, {"first starts at once, one killed", 20, killedStarts}}
	for _, r := range races {
		list = append(list, scenario{"race: " + r.name, 200, func(ctx context.Context, s *stage) error { return s.races(ctx, r) }})
	}
	return append(list,
		scenario{"every race, nodes killed", 20, racesUnderKills},
		scenario{"load, a node killed", 10, underLoad(killNode)},
		scenario{"load, a node stopped 2 s", 3, underLoad(stopNode(2 * time.Second))},
		scenario{"load, a node stopped 12 s", 3, underLoad(stopNode(12 * time.Second))},
		scenario{"load, a node cut off from the others", 3, underLoad(cutNode(12*time.Second, clusterNet))},
		scenario{"load, a node cut off from all", 3, underLoad(cutNode(12*time.Second, clusterNet, serverNet))},
		scenario{"load, no quorum", 3, underLoad(loseQuorum(15 * time.Second))},
		scenario{"load, servers upgraded one by one", 3, upgrade},
	)
}

func report(done []*tally) error {
	fmt.Println()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "scenario\trounds\trequests\tacknowledged\t503\trefused\twrong\tlost\taborted\tpause s\tseconds\t")
	bad := false
	for _, t := range done {
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
