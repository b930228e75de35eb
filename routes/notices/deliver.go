package notices

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Letter is a mail to one person.
type Letter struct {
	ID      string // lower-case letters, digits and dots; a letter that is sent again has the same
	To      string // an address
	ToName  string
	Subject string
	Text    string
	HTML    string // the same as Text
}

// Mailer sends letters.
type Mailer interface {
	// Send hands a letter over. An error that wraps api.ErrHopeless means that
	// the letter can never be sent.
	Send(ctx context.Context, l Letter) error
}

// Handlers returns the handlers of the outbox's tasks for all kinds of notices.
// They write the letter of a notice and send it.
func Handlers(d *db.DB, mailer Mailer) map[string]api.TaskHandler {
	handlers := map[string]api.TaskHandler{}
	for _, kind := range kinds {
		handlers[string(kind)] = func(ctx context.Context, t api.Task) error { return deliver(ctx, d, mailer, t) }
	}
	return handlers
}

type notice struct {
	ID        int64
	Kind      Kind
	Facts     []byte
	CreatedAt time.Time
	Name      string // of the recipient, like the next two
	Email     *string
	Language  string
}

func deliver(ctx context.Context, d *db.DB, mailer Mailer, t api.Task) error {
	id, err := strconv.ParseInt(t.Subject, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: it does not name a notice", api.ErrHopeless)
	}
	n, err := db.Get[notice](ctx, d, sq.Select(db.Columns[notice]()...).From("notice_letters").Where(sq.Eq{"id": id}))
	if errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("%w: the notice is gone", api.ErrMoot)
	}
	if err != nil {
		return err
	}
	if n.Email == nil {
		return fmt.Errorf("%w: the recipient has no address", api.ErrMoot)
	}
	data, err := letterOfBooking(ctx, d, n.Name, n.Facts)
	if err != nil {
		return err
	}
	letter, err := write(n.Kind, n.Language, data)
	if err != nil {
		return err
	}
	// Ids alone would start again at 1 in a new database.
	letter.ID = fmt.Sprintf("%d.%d", n.ID, n.CreatedAt.UnixMicro())
	letter.To, letter.ToName = *n.Email, n.Name
	return mailer.Send(ctx, letter)
}
