package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"freety/db/mariadb"
	"freety/tools/e2e/stage"
)

// serverKilled kills a server under load, and with it its private database.
func serverKilled(program string) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		if err := stage.Mount(filepath.Join(s.Work, "data"), largeDisk); err != nil {
			return err
		}
		server, err := s.NewServer(program, "")
		if err != nil {
			return err
		}
		if err := s.Up(ctx); err != nil {
			return err
		}
		private := dsnOf("root", filepath.Join(s.Work, "data", "mariadb", "mariadb.sock"), mariadb.Database)
		return s.UnderLoad(ctx, private, pace, func(load *stage.Load) error {
			for round := range s.Tally.Rounds {
				if err := stage.Rest(ctx, before+rand.N(2*time.Second)); err != nil {
					return err
				}
				if err := server.Kill(); err != nil {
					return err
				}
				if err := server.Up(ctx); err != nil {
					return fmt.Errorf("round %d: %w", round, err)
				}
				if err := load.Check(ctx); err != nil {
					return err
				}
				if err := s.Audit(ctx, private); err != nil {
					return err
				}
				s.Say("%d of %d rounds: %s %s", round+1, s.Tally.Rounds, s.Tally, load)
			}
			return nil
		})
	}
}
