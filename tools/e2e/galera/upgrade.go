package main

import (
	"context"
	"fmt"
	"path/filepath"

	"freety/tools/e2e/stage"
)

func nextProgram(work string) string { return filepath.Join(work, "freety-next") }

// upgrade replaces the servers by those of the next release one by one, while
// people use the product; one goes back to the old release and forward again.
func upgrade(ctx context.Context, c *cluster) error {
	old, next := c.Servers[0].Program, nextProgram(c.Work)
	for round := range c.Tally.Rounds {
		for _, server := range c.Servers {
			server.Program = old
		}
		if err := c.empty(ctx); err != nil {
			return err
		}
		l, err := c.newLoad(ctx)
		if err != nil {
			return err
		}
		err = func() error {
			defer l.End()
			for _, change := range []struct {
				server  *stage.Server
				program string
			}{
				{c.Servers[0], next}, {c.Servers[1], next}, {c.Servers[1], old}, {c.Servers[1], next}, {c.Servers[2], next},
			} {
				if err := stage.Rest(ctx, before); err != nil {
					return err
				}
				if err := replace(ctx, change.server, change.program); err != nil {
					return err
				}
				if err := stage.Rest(ctx, before); err != nil {
					return err
				}
				if err := c.compare(ctx, l); err != nil {
					return err
				}
				if err := stage.WholeNext(ctx, c.nodes[0].dsn()); err != nil {
					return fmt.Errorf("the next release: %w", err)
				}
			}
			return nil
		}()
		if err != nil {
			return err
		}
		c.Say("%d of %d rounds: %s", round+1, c.Tally.Rounds, c.Tally)
	}
	return nil
}

// replace stops a server and starts another release in its place.
func replace(ctx context.Context, server *stage.Server, program string) error {
	if err := server.Stop(); err != nil {
		return err
	}
	server.Program = program
	return server.Up(ctx)
}
