package api

import (
	"context"
	"fmt"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// The kinds of outbox rows: what the server does after a transaction.
const (
	OutboxMail        = "mail"         // subject: template:booking id; account: the recipient
	OutboxDeletePhoto = "delete_photo" // subject: the photo's name
)

// MailSubject is the subject of an OutboxMail row: a template, and the booking it is about.
func MailSubject(template string, booking int64) string {
	return fmt.Sprintf("%s:%d", template, booking)
}

// Enqueue writes an outbox row in the transaction of what causes it. account
// may be 0. It is carried out at least once, not before due.
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
