package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// trialView is the name under which every view is tried before any is replaced.
const trialView = "view_on_trial"

var (
	viewName    = regexp.MustCompile(`(?i)\bVIEW\s+(\w+)\s+AS\b`)
	viewsNumber = regexp.MustCompile(`(?m)^-- Number (\d+)\b`)
)

// views are those of one release. The number rises with every change of the text,
// so that it tells which of two releases is the newer.
type views struct {
	Number     int
	Hash       string
	statements []string
}

func parseViews(text string) (views, error) {
	number := viewsNumber.FindStringSubmatch(text)
	if number == nil {
		return views{}, errors.New("db: views.sql does not say its number")
	}
	sum := sha256.Sum256([]byte(text))
	v := views{Hash: hex.EncodeToString(sum[:])}
	var err error
	if v.Number, err = strconv.Atoi(number[1]); err != nil {
		return views{}, fmt.Errorf("db: the number of views.sql: %w", err)
	}
	for statement := range strings.SplitSeq(text, ";\n") {
		if viewName.MatchString(statement) {
			v.statements = append(v.statements, statement)
		}
	}
	return v, nil
}

// applyViews puts the views of text in place if they differ from those there and
// are not older. None is replaced before all have been tried, since another
// release may be reading from them.
func (d *DB) applyViews(ctx context.Context, text string) (err error) {
	v, err := parseViews(text)
	if err != nil {
		return err
	}
	if current, err := d.areCurrent(ctx, v); err != nil {
		return err
	} else if !current {
		if err := d.replaceViews(ctx, v); err != nil {
			return err
		}
	}
	for _, statement := range v.statements {
		name := viewName.FindStringSubmatch(statement)[1]
		if err := d.selectNothing(ctx, name); err != nil {
			return fmt.Errorf("db: the view %s of views.sql no longer fits its tables: %w", name, err)
		}
	}
	return nil
}

func (d *DB) areCurrent(ctx context.Context, v views) (bool, error) {
	var applied views
	err := d.QueryRowContext(ctx, "SELECT number, hash FROM view_versions WHERE id = 1").Scan(&applied.Number, &applied.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("db: the views' number: %w", err)
	}
	return applied.Number > v.Number || applied.Number == v.Number && applied.Hash == v.Hash, nil
}

func (d *DB) replaceViews(ctx context.Context, v views) (err error) {
	unlock, err := d.lock(ctx, viewLock)
	if err != nil {
		return fmt.Errorf("db: lock the views: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if current, err := d.areCurrent(ctx, v); err != nil || current {
		return err
	}
	for _, statement := range v.statements {
		trial := viewName.ReplaceAllLiteralString(statement, "VIEW "+trialView+" AS")
		_, err := d.ExecContext(ctx, trial)
		if err == nil {
			err = d.selectNothing(ctx, trialView)
		}
		if err != nil {
			return fmt.Errorf("db: the view %s of views.sql does not fit its tables: %w", viewName.FindStringSubmatch(statement)[1], err)
		}
	}
	if _, err := d.ExecContext(ctx, "DROP VIEW IF EXISTS "+trialView); err != nil {
		return fmt.Errorf("db: %w", err)
	}
	// While some are of one release and some of another, whoever starts next puts
	// all of its own in place.
	whole := context.WithoutCancel(ctx)
	if err := d.noteViews(whole, views{}); err != nil {
		return err
	}
	for _, statement := range v.statements {
		err := patiently(ctx, func() error {
			_, err := d.ExecContext(whole, statement)
			return err
		})
		if err != nil {
			return fmt.Errorf("db: replace the view %s: %w", viewName.FindStringSubmatch(statement)[1], err)
		}
	}
	return d.noteViews(whole, v)
}

// noteViews writes down which views are in place.
func (d *DB) noteViews(ctx context.Context, v views) error {
	_, err := d.ExecContext(ctx, "INSERT INTO view_versions (id, number, hash) VALUES (1, ?, ?) ON DUPLICATE KEY UPDATE number = VALUES(number), hash = VALUES(hash)", v.Number, v.Hash)
	if err != nil {
		return fmt.Errorf("db: note the views: %w", err)
	}
	return nil
}

// selectNothing fails when the view does not fit its tables.
func (d *DB) selectNothing(ctx context.Context, view string) error {
	rows, err := d.QueryContext(ctx, "SELECT * FROM `"+view+"` LIMIT 0")
	if err != nil {
		return err
	}
	return errors.Join(rows.Err(), rows.Close())
}
