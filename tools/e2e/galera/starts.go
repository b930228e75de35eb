package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"freety/db"
	"freety/db/mariadb"
	"freety/tools/e2e/stage"
)

// firstStarts has all servers start at once on an empty cluster.
func firstStarts(ctx context.Context, c *cluster) error {
	return c.firstStarts(ctx, func() error { return nil })
}

// killedStarts is firstStarts with one server killed at some moment, and started
// again.
func killedStarts(ctx context.Context, c *cluster) error {
	return c.firstStarts(ctx, func() error {
		for _, server := range c.Servers {
			if err := server.Begin(); err != nil {
				return err
			}
		}
		if err := stage.Rest(ctx, rand.N(longestStart)); err != nil {
			return err
		}
		server := c.Servers[rand.N(len(c.Servers))]
		if err := server.Kill(); err != nil {
			return err
		}
		return server.Begin()
	})
}

// longestStart is about how long a first start takes here.
const longestStart = 1200 * time.Millisecond

// firstStarts empties the cluster, lets begin start servers in its own way, and wants
// all to come up.
func (c *cluster) firstStarts(ctx context.Context, begin func() error) error {
	migrations, err := stage.Migrations()
	if err != nil {
		return err
	}
	for round := range c.Tally.Rounds {
		if err := c.empty(ctx); err != nil {
			return err
		}
		if err := begin(); err != nil {
			return err
		}
		if err := c.Up(ctx); err != nil {
			c.Fault("round %d: %v", round, err)
			continue
		}
		for _, n := range c.nodes {
			if err := stage.Whole(ctx, n.dsn(), migrations); err != nil {
				c.Fault("round %d, node %d: %v", round, n.number, err)
			}
		}
		if round%5 == 4 {
			c.Say("%d of %d rounds", round+1, c.Tally.Rounds)
		}
	}
	return nil
}

// empty stops all servers and leaves nothing in the database.
func (c *cluster) empty(ctx context.Context) error {
	if err := c.Down(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(c.Work, "data")); err != nil {
		return err
	}
	return c.on(ctx, c.nodes[0], func(d *db.DB) error {
		for _, statement := range []string{"DROP DATABASE IF EXISTS " + mariadb.Database, "CREATE DATABASE " + mariadb.Database} {
			if _, err := d.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}
