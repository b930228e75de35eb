package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"freety/db"
	"freety/db/mariadb"

	sq "github.com/Masterminds/squirrel"
)

// firstStarts has all servers start at once on an empty cluster.
func firstStarts(ctx context.Context, s *stage) error {
	return s.firstStarts(ctx, func() error { return nil })
}

// killedStarts is firstStarts with one server killed at some moment, and started
// again.
func killedStarts(ctx context.Context, s *stage) error {
	return s.firstStarts(ctx, func() error {
		for _, server := range s.servers {
			if err := server.begin(); err != nil {
				return err
			}
		}
		if err := rest(ctx, rand.N(longestStart)); err != nil {
			return err
		}
		server := s.servers[rand.N(len(s.servers))]
		server.kill()
		return server.begin()
	})
}

// longestStart is about how long a first start takes here.
const longestStart = 1200 * time.Millisecond

// firstStarts empties the cluster, lets begin start servers in its own way, and wants
// all to come up.
func (s *stage) firstStarts(ctx context.Context, begin func() error) error {
	files, err := filepath.Glob("../../db/migrations/*.sql")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no migrations: %w", err)
	}
	for round := range s.tally.rounds {
		if err := s.empty(ctx); err != nil {
			return err
		}
		if err := begin(); err != nil {
			return err
		}
		if err := s.up(ctx); err != nil {
			s.fault("round %d: %v", round, err)
			continue
		}
		for _, n := range s.nodes {
			if err := s.on(ctx, n, func(d *db.DB) error { return s.wholeVersions(ctx, d, len(files)) }); err != nil {
				s.fault("round %d, node %d: %v", round, n.number, err)
			}
		}
		if round%5 == 4 {
			s.say("%d of %d rounds", round+1, s.tally.rounds)
		}
	}
	return nil
}

// empty stops all servers and leaves nothing in the database.
func (s *stage) empty(ctx context.Context) error {
	if err := s.down(); err != nil {
		return err
	}
	for _, server := range s.servers {
		if err := os.RemoveAll(filepath.Join(server.dir, "data")); err != nil {
			return err
		}
	}
	return s.on(ctx, s.nodes[0], func(d *db.DB) error {
		for _, statement := range []string{"DROP DATABASE IF EXISTS " + mariadb.Database, "CREATE DATABASE " + mariadb.Database} {
			if _, err := d.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// wholeVersions wants each migration, the zero row included, once, and the views.
func (s *stage) wholeVersions(ctx context.Context, d *db.DB, migrations int) error {
	found, err := db.Select[struct {
		VersionID int
		Times     int
	}](ctx, d, sq.Select("version_id", "COUNT(*) AS times").From("goose_db_version").GroupBy("version_id"))
	if err != nil {
		return err
	}
	for _, v := range found {
		if v.Times != 1 {
			return fmt.Errorf("migration %d is there %d times", v.VersionID, v.Times)
		}
	}
	if len(found) != migrations+1 {
		return fmt.Errorf("%d versions instead of %d", len(found), migrations+1)
	}
	_, err = db.Get[struct{ ID int }](ctx, d, sq.Select("id").From("view_versions").Where("hash <> ''"))
	return err
}
