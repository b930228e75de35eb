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

const (
	// letterGap is how long a letter of the same kind to the same person waits
	// for what else happens. The first one waits for nothing.
	letterGap = time.Minute
	// mostTogether bounds what one letter tells; of these, mostListed are listed.
	mostTogether = 500
	mostListed   = 20
)

// Letter is a mail to one person.
type Letter struct {
	ID      string // lower-case letters, digits and dots; a letter that is sent again has the same
	To      string // an address
	ToName  string // empty if it is not known to be theirs
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
	ID            int64
	AccountID     int64
	Kind          Kind
	Facts         []byte
	CreatedAt     time.Time
	LetterAt      *time.Time
	Name          string // of the recipient, like the next three
	Email         *string
	EmailVerified bool
	Language      string
}

func selectNotices() sq.SelectBuilder {
	return sq.Select(db.Columns[notice]()...).From("notice_letters").OrderBy("id")
}

// deliver sends the letter of a notice. It tells the later notices of the same
// kind that wait for the same person too, and does away with their tasks.
func deliver(ctx context.Context, d *db.DB, mailer Mailer, t api.Task) error {
	id, err := strconv.ParseInt(t.Subject, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: it does not name a notice", api.ErrHopeless)
	}
	n, err := db.Get[notice](ctx, d, selectNotices().Where(sq.Eq{"id": id}))
	if errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("%w: the notice is gone", api.ErrMoot)
	}
	if err != nil {
		return err
	}
	if n.Email == nil {
		return fmt.Errorf("%w: the recipient has no address", api.ErrMoot)
	}
	var told []notice
	var tasks []int64
	if n.LetterAt == nil {
		told, tasks, err = untold(ctx, d, &n, t)
	} else {
		// Tried again: the letter stays the same.
		told, err = db.Select[notice](ctx, d, selectNotices().Where(sq.Eq{"account_id": n.AccountID, "kind": n.Kind, "letter_at": n.LetterAt}))
	}
	if err != nil {
		return err
	}
	if len(told) == 0 || told[0].ID != n.ID {
		return fmt.Errorf("%w: an earlier letter tells it", api.ErrMoot)
	}
	events, current, err := bookingEvents(ctx, d, told)
	if err != nil {
		return err
	}
	if len(events) == 0 || (n.LetterAt == nil && current[0].ID != n.ID) {
		return fmt.Errorf("%w: the booking has another state now", api.ErrMoot)
	}
	if n.LetterAt == nil {
		if err := begin(ctx, d, &n, current, tasks); err != nil {
			return err
		}
	}
	data := letterData{Events: events[:min(len(events), mostListed)], More: max(len(events)-mostListed, 0)}
	if n.EmailVerified {
		data.Recipient = oneLine(n.Name)
	}
	letter, err := write(n.Kind, n.Language, data)
	if err != nil {
		return err
	}
	// Ids alone would start again at 1 in a new database.
	letter.ID = fmt.Sprintf("%d.%d", n.ID, n.CreatedAt.UnixMicro())
	letter.To, letter.ToName = *n.Email, data.Recipient
	return mailer.Send(ctx, letter)
}

// untold returns the notices of the kind and the person of n that no letter tells
// yet, beginning with n, and the tasks of the others.
func untold(ctx context.Context, d *db.DB, n *notice, t api.Task) (notices []notice, tasks []int64, err error) {
	others, err := db.Select[api.Task](ctx, d, sq.Select(db.Columns[api.Task]()...).From("outbox").
		Where(sq.Eq{"account_id": n.AccountID, "kind": n.Kind}).Where(sq.NotEq{"id": t.ID}).OrderBy("id").Limit(mostTogether))
	if err != nil {
		return nil, nil, err
	}
	ids := []int64{n.ID}
	for _, other := range others {
		if id, err := strconv.ParseInt(other.Subject, 10, 64); err == nil && id > n.ID {
			ids = append(ids, id)
			tasks = append(tasks, other.ID)
		}
	}
	notices, err = db.Select[notice](ctx, d, selectNotices().Where(sq.Eq{"id": ids, "letter_at": nil}))
	return notices, tasks, err
}

// begin settles, once, that the letter of n tells these notices, none of which
// another letter may tell, and that the tasks of the others are done with it.
func begin(ctx context.Context, d *db.DB, n *notice, told []notice, tasks []int64) error {
	last, err := db.Select[struct{ LetterAt time.Time }](ctx, d, sq.Select("letter_at").From("notice_letters").
		Where(sq.Eq{"account_id": n.AccountID, "kind": n.Kind}).Where(sq.NotEq{"letter_at": nil}).OrderBy("letter_at DESC").Limit(1))
	if err != nil {
		return err
	}
	if len(last) > 0 && time.Since(last[0].LetterAt) < letterGap {
		return &api.NotYet{Before: last[0].LetterAt.Add(letterGap)}
	}
	ids := make([]int64, len(told))
	for i := range told {
		ids[i] = told[i].ID
	}
	mayReceive := true
	err = d.InTx(ctx, func(tx *db.Tx) (err error) {
		if _, err := db.Exec(ctx, tx, sq.Delete("outbox").Where(sq.Eq{"id": tasks})); err != nil {
			return err
		}
		if !n.EmailVerified {
			if mayReceive, err = countUnconfirmed(ctx, tx, *n.Email); err != nil || !mayReceive {
				return err
			}
		}
		set, err := db.Exec(ctx, tx, sq.Update("notices").Set("letter_at", time.Now().UTC()).Where(sq.Eq{"id": ids, "letter_at": nil}))
		if err == nil && set != int64(len(ids)) {
			err = errors.New("notices: another letter tells some of this one's notices")
		}
		return err
	})
	if err == nil && !mayReceive {
		err = fmt.Errorf("%w: the address is not confirmed, and has had its letters of the day", api.ErrMoot)
	}
	return err
}
