package stage

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

// The next release has one more column, of a table that every request reads, and
// shows it in the view that most routes read.
const (
	nextMigration = "-- +goose Up\nALTER TABLE accounts ADD COLUMN IF NOT EXISTS later INT NOT NULL DEFAULT 0, ALGORITHM = INPLACE, LOCK = NONE;\n"
	viewed        = "VIEW live_sessions AS\nSELECT "
	nextViewed    = viewed + "a.later, "
)

var viewsNumber = regexp.MustCompile(`(?m)^-- Number (\d+)\b`)

// BuildNext builds the server of the next release, with the help of a folder that
// it makes and removes.
func BuildNext(ctx context.Context, tree, program string) error {
	for _, dir := range []string{"config", "db", "routes", "server"} {
		if err := os.CopyFS(filepath.Join(tree, dir), os.DirFS(filepath.Join(Source, dir))); err != nil {
			return err
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "views.go", "views.sql"} {
		text, err := os.ReadFile(filepath.Join(Source, name))
		if err != nil {
			return err
		}
		if name == "views.sql" {
			if text, err = nextViews(string(text)); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(tree, name), text, 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(tree, "db/migrations/90001_later.sql"), []byte(nextMigration), 0o600); err != nil {
		return err
	}
	if err := Build(ctx, tree, program); err != nil {
		return err
	}
	return os.RemoveAll(tree)
}

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

// WholeNext is Whole of the next release, whose view has to show the new column.
func WholeNext(ctx context.Context, dsn string) error {
	migrations, err := Migrations()
	if err != nil {
		return err
	}
	if err := Whole(ctx, dsn, migrations+1); err != nil {
		return err
	}
	return On(ctx, dsn, func(d *db.DB) error {
		_, err := db.Select[struct{ Later int }](ctx, d, sq.Select("later").From("live_sessions").Limit(1))
		return err
	})
}
