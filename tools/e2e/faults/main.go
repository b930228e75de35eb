// Command faults plays what goes wrong around Freety: starts that are killed,
// releases side by side, and a database, a mail server and a photo store that
// fail, all under load. It prints a table of counts, and ends with 1 when anything
// was wrong or lost. Run it in tools/e2e:
//
//	go run ./faults
//
// What it starts listens on this machine alone and ends with it. It needs Linux,
// for namespaces of processes and mounts.
package main

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"freety/tools/e2e/stage"
)

func main() {
	stage.Program{Name: "faults", Quick: "fewer rounds, in less than two minutes", Longest: 45 * time.Minute, Prepare: prepare, Play: play}.Main()
}

// atOnce is how many scenarios are played at once: most of their time they wait.
const atOnce = 4

// prepare builds both releases.
func prepare(ctx context.Context, work string) error {
	if err := stage.Build(ctx, stage.Source, filepath.Join(work, "now")); err != nil {
		return err
	}
	return stage.BuildNext(ctx, filepath.Join(work, "tree"), filepath.Join(work, "next"))
}

func play(ctx context.Context, work string, quick bool, only string) error {
	return stage.Play(ctx, work, scenarios(releases{filepath.Join(work, "now"), filepath.Join(work, "next")}, quick), only, atOnce)
}

func scenarios(r releases, quick bool) []stage.Scenario {
	rounds := func(all, few int) int {
		if quick {
			return few
		}
		return all
	}
	list := []stage.Scenario{
		{Name: "first start killed at each statement", Play: interruptedStarts(r.now, syscall.SIGKILL, int64(rounds(1, 20)))},
		{Name: "first start stopped at each statement", Play: interruptedStarts(r.now, syscall.SIGTERM, int64(rounds(3, 30)))},
		{Name: "8 first starts at once", Rounds: rounds(10, 1), Play: startsAtTheSameTime(r.now)},
		{Name: "two releases, both orders", Rounds: rounds(4, 1), Play: bothOrders(r)},
		{Name: "next release killed among its views", Play: killedAmongItsViews(r, int64(rounds(1, 15)))},
		{Name: "migration under load", Rounds: rounds(3, 1), Play: migrationUnderLoad(r)},
	}
	for _, name := range slices.Sorted(maps.Keys(outages)) {
		list = append(list, stage.Scenario{Name: "database " + name, Rounds: rounds(5, 1), Play: databaseFails(r.now, outages[name])})
	}
	return append(list,
		stage.Scenario{Name: "mail server refuses", Rounds: rounds(3, 1), Play: mailFails(r.now, shut)},
		stage.Scenario{Name: "mail server hangs", Rounds: rounds(3, 1), Play: mailFails(r.now, mute)},
		stage.Scenario{Name: "mail server drops", Rounds: rounds(3, 1), Play: mailFails(r.now, torn)},
		stage.Scenario{Name: "S3 gone and back", Rounds: rounds(4, 1), Play: photosFail(r.now)},
		stage.Scenario{Name: "server killed under load", Rounds: rounds(10, 2), Play: serverKilled(r.now)},
	)
}
