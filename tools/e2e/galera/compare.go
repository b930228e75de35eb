package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"freety/db"
	"freety/tools/e2e/stage"

	sq "github.com/Masterminds/squirrel"
)

const (
	pace       = 10 * time.Millisecond // of each person of a load
	settleTime = time.Minute           // after a fault, until all is as before
)

// newLoad has people use the servers, which it starts.
func (c *cluster) newLoad(ctx context.Context) (*stage.Load, error) {
	if err := c.Up(ctx); err != nil {
		return nil, err
	}
	return c.NewLoad(ctx, pace)
}

// compare stops the load and looks on every node whether all that was acknowledged
// is there, whether the audit is sound, and whether all nodes hold the same.
func (c *cluster) compare(ctx context.Context, l *stage.Load) error {
	for _, server := range c.Servers {
		if err := server.Ready(ctx); err != nil {
			return err
		}
	}
	return l.Still(func(kept stage.Ledger) error {
		for _, n := range c.nodes {
			if err := c.on(ctx, n, func(d *db.DB) error { return c.holds(ctx, n, d, kept) }); err != nil {
				return fmt.Errorf("node %d: %w", n.number, err)
			}
			if err := c.audit(ctx, n); err != nil {
				return fmt.Errorf("node %d: %w", n.number, err)
			}
		}
		return c.same(ctx)
	})
}

// holds counts what was acknowledged and a node does not hold.
func (c *cluster) holds(ctx context.Context, n *node, d *db.DB, kept stage.Ledger) error {
	accounts, offers, statuses, pictures := map[int64]string{}, map[int64]string{}, map[int64]string{}, map[int64]string{}
	for id, p := range kept.Accounts {
		accounts[id] = p.Email
	}
	for o, state := range kept.Offers {
		offers[o.ID] = state
	}
	for p, message := range kept.Statuses {
		statuses[p.ID] = message
	}
	for picture, o := range kept.Pictures {
		pictures[picture.ID] = fmt.Sprint(o.ID)
	}
	lost := func(format string, args ...any) { c.Loss("node %d: "+format, append([]any{n.number}, args...)...) }
	type text struct {
		ID    int64
		Value string
	}
	for what, has := range map[string]struct {
		query  sq.SelectBuilder
		values map[int64]string
	}{
		"account":     {sq.Select("id", "email AS value").From("accounts"), accounts},
		"recruitment": {sq.Select("id", "state AS value").From("recruitments"), offers},
		"photo":       {sq.Select("photo_id AS id", "CAST(recruitment_id AS CHAR) AS value").From("recruitment_photos"), pictures},
		"profile":     {sq.Select("a.id", "COALESCE(s.status_message, m.status_message) AS value").From("accounts a").LeftJoin("stylists s ON s.account_id = a.id").LeftJoin("models m ON m.account_id = a.id"), statuses},
	} {
		found, err := db.Select[text](ctx, d, has.query)
		if err != nil {
			return err
		}
		values := map[int64]string{}
		for _, row := range found {
			values[row.ID] = row.Value
		}
		for id, value := range has.values {
			if values[id] != value {
				lost("%s %d was acknowledged as %q and is %q", what, id, value, values[id])
			}
		}
	}
	type step struct {
		BookingID int64
		State     string
	}
	steps, err := db.Select[step](ctx, d, sq.Select("booking_id", "state").From("booking_events"))
	if err != nil {
		return err
	}
	for was := range kept.Steps {
		if !slices.Contains(steps, step{was.Booking, was.State}) {
			lost("booking %d was acknowledged as %s", was.Booking, was.State)
		}
	}
	type favorite struct{ ModelID, RecruitmentID int64 }
	favorites, err := db.Select[favorite](ctx, d, sq.Select("model_id", "recruitment_id").From("favorites"))
	if err != nil {
		return err
	}
	for was, held := range kept.Favorites {
		if slices.Contains(favorites, favorite{was.Model.ID, was.Offer.ID}) != held {
			lost("favorite %d of model %d was acknowledged as %v", was.Offer.ID, was.Model.ID, held)
		}
	}
	return nil
}

// same waits until all nodes have the same in every table: the outbox goes on
// meanwhile.
func (c *cluster) same(ctx context.Context) error {
	var sums [nodeCount]map[string]int64
	for begin := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		for i, n := range c.nodes {
			var err error
			if sums[i], err = c.sums(ctx, n); err != nil {
				return err
			}
		}
		different := ""
		for table, sum := range sums[0] {
			if sums[1][table] != sum || sums[2][table] != sum {
				different = table
			}
		}
		if different == "" {
			return nil
		}
		if time.Since(begin) > settleTime {
			return errors.New("the nodes differ in table " + different)
		}
	}
}

func (c *cluster) sums(ctx context.Context, n *node) (sums map[string]int64, err error) {
	sums = map[string]int64{}
	err = c.on(ctx, n, func(d *db.DB) error {
		tables, err := db.Select[struct{ Name string }](ctx, d, sq.Select("table_name AS name").From("information_schema.tables").Where("table_schema = DATABASE() AND table_type = 'BASE TABLE'"))
		if err != nil {
			return err
		}
		for _, table := range tables {
			var name string
			var sum *int64
			if err := d.QueryRowContext(ctx, "CHECKSUM TABLE `"+table.Name+"`").Scan(&name, &sum); err != nil {
				return err
			}
			if sum != nil {
				sums[table.Name] = *sum
			}
		}
		return nil
	})
	return sums, err
}
