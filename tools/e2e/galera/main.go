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
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"freety/tools/e2e/stage"
)

func main() {
	stage.Program{Name: "galera", Quick: "a tenth of the rounds", Longest: 90 * time.Minute, Namespaces: syscall.CLONE_NEWNET, Prepare: prepare, Play: play}.Main()
}

// prepare is what needs the machine's network.
func prepare(ctx context.Context, work string) error {
	if os.Getuid() != 0 {
		return errors.New("only root may make the namespaces that keep the cluster apart from the machine")
	}
	if err := unpack(ctx); err != nil {
		return err
	}
	if err := stage.Build(ctx, stage.Source, filepath.Join(work, "freety")); err != nil {
		return err
	}
	return stage.BuildNext(ctx, filepath.Join(work, "tree"), nextProgram(work))
}

func play(ctx context.Context, work string, quick bool, only string) error {
	c, err := newCluster(ctx, work)
	if err != nil {
		return err
	}
	return stage.Play(ctx, work, c.scenarios(quick), only, 1,
		stage.Column{Name: "aborted", Cell: func(t *stage.Tally) string { return fmt.Sprint(c.aborted[t]) }},
		stage.Column{Name: "pause s", Cell: func(t *stage.Tally) string { return fmt.Sprintf("%.1f", t.LongestPause().Seconds()) }})
}

func (c *cluster) scenarios(quick bool) []stage.Scenario {
	list := []stage.Scenario{c.scenario("first starts at once", 20, firstStarts), c.scenario("first starts at once, one killed", 20, killedStarts)}
	for _, r := range races {
		list = append(list, c.scenario("race: "+r.name, 200, func(ctx context.Context, c *cluster) error { return c.races(ctx, r) }))
	}
	list = append(list,
		c.scenario("every race, nodes killed", 20, racesUnderKills),
		c.scenario("load, a node killed", 10, underLoad(killNode)),
		c.scenario("load, a node stopped 2 s", 3, underLoad(stopNode(2*time.Second))),
		c.scenario("load, a node stopped 12 s", 3, underLoad(stopNode(12*time.Second))),
		c.scenario("load, a node cut off from the others", 3, underLoad(cutNode(12*time.Second, clusterNet))),
		c.scenario("load, a node cut off from all", 3, underLoad(cutNode(12*time.Second, clusterNet, serverNet))),
		c.scenario("load, no quorum", 3, underLoad(loseQuorum(15*time.Second))),
		c.scenario("load, servers upgraded one by one", 3, upgrade),
	)
	if quick {
		for i := range list {
			list[i].Rounds = max(1, list[i].Rounds/10)
		}
	}
	return list
}
