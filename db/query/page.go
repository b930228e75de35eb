package query

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	sq "github.com/Masterminds/squirrel"
)

// ErrCursor says that a cursor was not made by this server, or was made for
// another query.
var ErrCursor = errors.New("query: the cursor does not belong to this list")

// Sort is one order of a list of T. Rows are ordered by Key and, where that is
// equal, by ID, both in the same direction.
type Sort[T any] struct {
	Name string
	Key  sq.Sqlizer    // an expression of the selected view
	Desc bool          // newest or highest first
	ID   string        // the column that makes the order total
	Of   func(*T) Mark // where a row stands in this order
}

// Mark is a row's place in an order: the value of the sort's key, in Time or in
// Number, and the row's id.
type Mark struct {
	Time   *time.Time `json:"t,omitempty"`
	Number float64    `json:"n,omitempty"`
	ID     int64      `json:"i"`
}

func (m Mark) key() any {
	if m.Time != nil {
		return m.Time.UTC()
	}
	return m.Number
}

// Page is a request for one page: at most Limit rows that follow After.
type Page[T any] struct {
	Sort  Sort[T]
	Limit int
	After *Mark
}

// Apply makes q select the page and one row more, which tells whether another
// page follows.
func (p Page[T]) Apply(q sq.SelectBuilder) (sq.SelectBuilder, error) {
	key, args, err := p.Sort.Key.ToSql()
	if err != nil {
		return q, fmt.Errorf("query: sort %s: %w", p.Sort.Name, err)
	}
	direction, follows := "", ">"
	if p.Sort.Desc {
		direction, follows = " DESC", "<"
	}
	if p.After != nil {
		// The first half alone bounds the range that an index has to read.
		condition := fmt.Sprintf("%[1]s %[2]s= ? AND (%[1]s %[2]s ? OR %[3]s %[2]s ?)", key, follows, p.Sort.ID)
		bound := append(append(append([]any{}, args...), p.After.key()), append(append([]any{}, args...), p.After.key(), p.After.ID)...)
		q = q.Where(condition, bound...)
	}
	return q.OrderByClause(key+direction, args...).OrderBy(p.Sort.ID + direction).Limit(uint64(p.Limit) + 1), nil
}

// Cut takes the rows that Apply's query found, and returns the page and the mark
// after which the next page begins, nil on the last page.
func (p Page[T]) Cut(rows []T) ([]T, *Mark) {
	if len(rows) <= p.Limit {
		return rows, nil
	}
	rows = rows[:p.Limit]
	mark := p.Sort.Of(&rows[p.Limit-1])
	return rows, &mark
}

const macBytes = 16

// Signer makes cursors and reads them back. Its keys are secret; the first
// signs, all verify.
type Signer struct {
	Keys [][]byte
}

// Cursor returns a mark as text, which is good only for the same query.
func (s Signer) Cursor(query string, mark Mark) string {
	text, err := json.Marshal(mark)
	if err != nil {
		panic(err) // a Mark can always be written as JSON
	}
	return base64.RawURLEncoding.EncodeToString(append(mac(s.Keys[0], query, text), text...))
}

// Mark reads a cursor that Cursor made for the same query; for any other it
// returns ErrCursor.
func (s Signer) Mark(query, cursor string) (*Mark, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	// The decoder skips line breaks.
	if err != nil || len(raw) < macBytes || strings.ContainsAny(cursor, "\r\n") {
		return nil, ErrCursor
	}
	for _, key := range s.Keys {
		if hmac.Equal(raw[:macBytes], mac(key, query, raw[macBytes:])) {
			var mark Mark
			if err := json.Unmarshal(raw[macBytes:], &mark); err != nil {
				return nil, ErrCursor
			}
			return &mark, nil
		}
	}
	return nil, ErrCursor
}

func mac(key []byte, query string, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%d:%s", len(query), query)
	h.Write(text)
	return h.Sum(nil)[:macBytes]
}
