package notices

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// mostUnconfirmed is how many letters a day (of UTC) go to an address that nobody
// has confirmed, since it may be a stranger's.
const mostUnconfirmed = 5

// countUnconfirmed counts a letter to an address that is not confirmed, and
// reports whether it may be sent. The count is by mailbox, whoever signs up with it:
// name+anything@ is that of name@.
func countUnconfirmed(ctx context.Context, tx *db.Tx, address string) (mayReceive bool, err error) {
	name, domain, _ := strings.Cut(strings.ToLower(address), "@")
	name, _, _ = strings.Cut(name, "+")
	hash := sha256.Sum256([]byte(name + "@" + domain))
	day := time.Now().UTC().Format(time.DateOnly)
	_, err = db.Exec(ctx, tx, sq.Insert("unconfirmed_letters").Columns("day", "address_hash", "letters").Values(day, hash[:], 1).
		Suffix("ON DUPLICATE KEY UPDATE letters = letters + 1"))
	if err != nil {
		return false, err
	}
	// The row is locked by now.
	count, err := db.Get[struct{ Letters int }](ctx, tx, sq.Select("letters").From("unconfirmed_letters").Where(sq.Eq{"day": day, "address_hash": hash[:]}))
	return count.Letters <= mostUnconfirmed, err
}
