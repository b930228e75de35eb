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
	"freety/tools/e2e/stage"

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
	if err := stage.Build(ctx, copied, nextProgram(work)); err != nil {
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
				if err := rest(ctx, before); err != nil {
					return err
				}
				if err := replace(ctx, change.server, change.program); err != nil {
					return err
				}
				if err := rest(ctx, before); err != nil {
					return err
				}
				if err := c.compare(ctx, l); err != nil {
					return err
				}
				if err := c.on(ctx, c.nodes[0], func(d *db.DB) error { return shown(ctx, d) }); err != nil {
					return fmt.Errorf("the next release's view is gone: %w", err)
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

// shown wants the column of the next release in its view.
func shown(ctx context.Context, d *db.DB) error {
	_, err := db.Select[struct{ NextRelease int }](ctx, d, sq.Select("next_release").From("account_details").Limit(1))
	return err
}

// replace stops a server and starts another release in its place.
func replace(ctx context.Context, server *stage.Server, program string) error {
	if err := server.Stop(); err != nil {
		return err
	}
	server.Program = program
	return server.Up(ctx)
}
