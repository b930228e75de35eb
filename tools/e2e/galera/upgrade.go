package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// The release that comes next has one more column, on a table that every booking
// writes, and a view that shows it.
const (
	nextMigration = `-- +goose Up
ALTER TABLE accounts ADD COLUMN IF NOT EXISTS next_release INT NOT NULL DEFAULT 0, ALGORITHM = INPLACE, LOCK = NONE;
`
	viewed     = "a.email_verified, a.created_at,"
	nextViewed = viewed + " a.next_release,"
)

var viewsNumber = regexp.MustCompile(`(?m)^-- Number (\d+)`)

// buildNext builds the next release, from a copy of the source.
func buildNext(ctx context.Context, source, work string) error {
	copied := filepath.Join(work, "next-source")
	for _, dir := range []string{"config", "db", "routes", "server"} {
		if err := os.CopyFS(filepath.Join(copied, dir), os.DirFS(filepath.Join(source, dir))); err != nil {
			return err
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "views.go", "views.sql"} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return err
		}
		if name == "views.sql" {
			if text, err = nextViews(string(text)); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(copied, name), text, 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(copied, "db/migrations/99999_next_release.sql"), []byte(nextMigration), 0o600); err != nil {
		return err
	}
	if err := build(ctx, copied, nextProgram(work)); err != nil {
		return err
	}
	return os.RemoveAll(copied)
}

func nextProgram(work string) string { return filepath.Join(work, "freety-next") }

func nextViews(text string) ([]byte, error) {
	number := viewsNumber.FindStringSubmatch(text)
	if number == nil || strings.Count(text, viewed) != 1 {
		return nil, errors.New("views.sql is not as expected")
	}
	n, err := strconv.Atoi(number[1])
	if err != nil {
		return nil, err
	}
	text = strings.Replace(text, number[0], fmt.Sprintf("-- Number %d", n+1), 1)
	return []byte(strings.Replace(text, viewed, nextViewed, 1)), nil
}

// upgrade replaces the servers by those of the next release one by one, while
// people use the product; one goes back to the old release and forward again.
func upgrade(ctx context.Context, s *stage) error {
	old, next := s.servers[0].program, nextProgram(s.work)
	for round := range s.tally.rounds {
		for _, server := range s.servers {
			server.program = old
		}
		if err := s.empty(ctx); err != nil {
			return err
		}
		l, err := s.newLoad(ctx)
		if err != nil {
			return err
		}
		s.tally.resume()
		err = func() error {
			defer l.end()
			for _, change := range []struct {
				server  *server
				program string
			}{
				{s.servers[0], next}, {s.servers[1], next}, {s.servers[1], old}, {s.servers[1], next}, {s.servers[2], next},
			} {
				if err := rest(ctx, before); err != nil {
					return err
				}
				if err := change.server.replace(ctx, change.program); err != nil {
					return err
				}
				if err := rest(ctx, before); err != nil {
					return err
				}
				if err := l.check(ctx); err != nil {
					return err
				}
				if err := s.on(ctx, s.nodes[0], func(d *db.DB) error { return shown(ctx, d) }); err != nil {
					return fmt.Errorf("the next release's view is gone: %w", err)
				}
			}
			return nil
		}()
		if err != nil {
			return err
		}
		s.say("%d of %d rounds: %s", round+1, s.tally.rounds, s.tally)
	}
	return nil
}

// shown wants the column of the next release in its view.
func shown(ctx context.Context, d *db.DB) error {
	_, err := db.Select[struct{ NextRelease int }](ctx, d, sq.Select("next_release").From("account_details").Limit(1))
	return err
}

// replace stops the server and starts another release in its place.
func (s *server) replace(ctx context.Context, program string) error {
	if err := s.stop(); err != nil {
		return err
	}
	s.program = program
	if err := s.begin(); err != nil {
		return err
	}
	return s.ready(ctx)
}
