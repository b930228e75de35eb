package api

import (
	"context"
	"errors"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// Task is a row of the outbox: what is to be done after the transaction that
// wrote it, by the handler of its kind.
type Task struct {
	ID        int64
	Kind      string
	Subject   string // what the kind acts on, in at most 64 ASCII characters
	AccountID *int64 // whom it is for
}

// TaskHandler carries a task out, at least once, and returns soon after ctx has
// ended. A task whose handler fails is tried again later, unless the error wraps
// ErrMoot or ErrHopeless. The error is logged, so it must hold nothing personal.
type TaskHandler func(ctx context.Context, t Task) error

var (
	// ErrMoot says that a task has become pointless.
	ErrMoot = errors.New("api: the task has become pointless")
	// ErrHopeless says that a task would fail however often it is tried.
	ErrHopeless = errors.New("api: the task can never be done")
)

// NotYet is the error of a task that must not be carried out before a time.
type NotYet struct{ Before time.Time }

func (n *NotYet) Error() string { return "api: the task must wait" }

// Enqueue writes a task in the transaction that causes it. The task is not
// carried out before due. Tasks for one account that are due are carried out in
// the order in which they were written; account may be 0, for none.
func Enqueue(ctx context.Context, on db.Queryer, kind, subject string, account int64, due time.Time) error {
	var recipient *int64
	if account != 0 {
		recipient = &account
	}
	_, err := db.Exec(ctx, on, sq.Insert("outbox").SetMap(map[string]any{
		"kind": kind, "subject": subject, "account_id": recipient, "due_at": due.UTC(), "created_at": time.Now().UTC(),
	}))
	return err
}
