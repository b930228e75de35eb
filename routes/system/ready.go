package system

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

const readyTimeout = 2 * time.Second

// Ready succeeds if reading from the database, writing to it and the photo store
// all work within two seconds; if not, the answer names those that do not. Callers
// who come at once share one check.
func (s *System) Ready(ctx context.Context, _ *api.None) (*api.Body[Condition], error) {
	select {
	case checked := <-s.ready.DoChan("", func() (any, error) { return nil, s.check(context.WithoutCancel(ctx)) }):
		if checked.Err != nil {
			return nil, checked.Err
		}
		return healthy, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *System) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	checks := map[string]func(context.Context) error{"reading": s.reads, "writing": s.writes, "photos": s.store.Ready}
	type result struct {
		what string
		err  error
	}
	results := make(chan result, len(checks))
	var silent []string
	for what, check := range checks {
		silent = append(silent, what)
		go func() { results <- result{what, check(ctx)} }()
	}
	slices.Sort(silent)
	var failed []string
	var causes []error
	for len(silent) > 0 {
		select {
		case r := <-results:
			silent = slices.DeleteFunc(silent, func(what string) bool { return what == r.what })
			if r.err != nil {
				failed = append(failed, r.what)
				causes = append(causes, fmt.Errorf("%s: %w", r.what, r.err))
			}
		case <-ctx.Done():
			// A check may ignore its context.
			failed = append(failed, silent...)
			causes = append(causes, fmt.Errorf("%s: not within %s", strings.Join(silent, ", "), readyTimeout))
			silent = nil
		}
	}
	if failed == nil {
		return nil
	}
	slices.Sort(failed)
	return api.Unavailable("unavailable", "Not ready: %s.", errors.Join(causes...)).With(strings.Join(failed, ", "))
}

// reads selects, through a view, what every signed-in request does.
func (s *System) reads(ctx context.Context) error {
	_, err := db.Get[struct{ ID int64 }](ctx, s.db, sq.Select("id").From("live_sessions").Where(sq.Eq{"id": 0}))
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}

// writes writes one of a hundred rows, so that servers hardly meet there.
func (s *System) writes(ctx context.Context) error {
	return s.db.InTx(ctx, func(tx *db.Tx) error {
		_, err := db.Exec(ctx, tx, sq.Insert("write_checks").SetMap(sq.Eq{"id": rand.N(100), "checked_at": time.Now().UTC()}).Suffix("ON DUPLICATE KEY UPDATE checked_at = VALUES(checked_at)"))
		return err
	})
}
