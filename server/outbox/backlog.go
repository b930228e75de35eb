package outbox

import (
	"context"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// mostCounted bounds what counting costs: with a million rows, some milliseconds.
const mostCounted = 10_000

// Backlog is what is due and not taken yet.
type Backlog struct {
	Tasks int           // 10,000 stand for more, too
	Age   time.Duration // since the one that waits longest became due
}

// ReadBacklog reads the backlog from one index.
func ReadBacklog(ctx context.Context, on db.Queryer) (Backlog, error) {
	now := time.Now().UTC()
	first := sq.Select("due_at").From("outbox").Where(sq.LtOrEq{"due_at": now}).OrderBy("due_at").Limit(mostCounted)
	found, err := db.Get[struct {
		Tasks  int
		Oldest *time.Time
	}](ctx, on, sq.Select("COUNT(*) AS tasks", "MIN(due_at) AS oldest").FromSelect(first, "first_due"))
	if err != nil || found.Oldest == nil {
		return Backlog{}, err
	}
	return Backlog{Tasks: found.Tasks, Age: now.Sub(*found.Oldest)}, nil
}
