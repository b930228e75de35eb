package query_test

import (
	"errors"
	"testing"
	"time"

	"freety/db/query"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2031, 3, 3, 3, 0, 0, 123456000, time.UTC)

func page(desc bool, after *query.Mark) query.Page[int] {
	return query.Page[int]{
		Sort: query.Sort[int]{
			Name: "far", Key: sq.Expr("ABS(lat - ?)", 37.5), Desc: desc, ID: "id",
			Of: func(i *int) query.Mark { return query.Mark{Number: float64(*i), ID: int64(*i)} },
		},
		Limit: 2, After: after,
	}
}

func TestAPageIsARangeOfItsOrder(t *testing.T) {
	for name, c := range map[string]struct {
		page query.Page[int]
		sql  string
		args []any
	}{
		"the first": {page(false, nil), "SELECT id FROM cards ORDER BY ABS(lat - ?), id LIMIT 3", []any{37.5}},
		"the next": {
			page(false, &query.Mark{Number: 0.25, ID: 7}),
			"SELECT id FROM cards WHERE ABS(lat - ?) >= ? AND (ABS(lat - ?) > ? OR id > ?) ORDER BY ABS(lat - ?), id LIMIT 3", []any{37.5, 0.25, 37.5, 0.25, int64(7), 37.5},
		},
		"the next, downwards": {
			page(true, &query.Mark{Time: &noon, ID: 7}),
			"SELECT id FROM cards WHERE ABS(lat - ?) <= ? AND (ABS(lat - ?) < ? OR id < ?) ORDER BY ABS(lat - ?) DESC, id DESC LIMIT 3", []any{37.5, noon, 37.5, noon, int64(7), 37.5},
		},
	} {
		q, err := c.page.Apply(sq.Select("id").From("cards"))
		if err != nil {
			t.Fatal(err)
		}
		sql, args, err := q.ToSql()
		if err != nil {
			t.Fatal(err)
		}
		if sql != c.sql {
			t.Errorf("%s: %s, want %s", name, sql, c.sql)
		}
		if diff := cmp.Diff(c.args, args); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTheRowBeyondAPageTellsThatOneFollows(t *testing.T) {
	for _, c := range []struct {
		rows, want []int
		mark       *query.Mark
	}{
		{[]int{}, []int{}, nil},
		{[]int{1, 2}, []int{1, 2}, nil},
		{[]int{1, 2, 3}, []int{1, 2}, &query.Mark{Number: 2, ID: 2}},
	} {
		rows, mark := page(false, nil).Cut(c.rows)
		if diff := cmp.Diff(c.want, rows) + cmp.Diff(c.mark, mark); diff != "" {
			t.Errorf("%v: %s", c.rows, diff)
		}
	}
}

func TestACursorIsReadBackForItsOwnQueryAndKeys(t *testing.T) {
	older, newer := []byte("the older key"), []byte("the newer key")
	was, is, other := query.Signer{Keys: [][]byte{older}}, query.Signer{Keys: [][]byte{newer, older}}, query.Signer{Keys: [][]byte{newer}}
	for _, mark := range []query.Mark{{Time: &noon, ID: 1}, {Number: -0.125, ID: 1 << 62}, {}} {
		cursor := was.Cursor("/v1/recruitments?sort=fee", mark)
		got, err := is.Mark("/v1/recruitments?sort=fee", cursor)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mark, *got); diff != "" {
			t.Error(diff)
		}
		if _, err := is.Mark("/v1/recruitments?sort=-fee", cursor); !errors.Is(err, query.ErrCursor) {
			t.Errorf("for another query: %v", err)
		}
		if _, err := other.Mark("/v1/recruitments?sort=fee", cursor); !errors.Is(err, query.ErrCursor) {
			t.Errorf("by another key: %v", err)
		}
	}
}

func FuzzForgedCursorsAreRefused(f *testing.F) {
	signer := query.Signer{Keys: [][]byte{[]byte("a key that is secret")}}
	f.Add("q", signer.Cursor("p", query.Mark{ID: 1}))
	f.Add("", "")
	f.Add("q", "AAAAAAAAAAAAAAAAAAAAAHsiaSI6MX0")
	f.Fuzz(func(t *testing.T, q, cursor string) {
		if mark, err := signer.Mark(q, cursor); !errors.Is(err, query.ErrCursor) && signer.Cursor(q, *mark) != cursor {
			t.Errorf("%q for %q was read as %+v", cursor, q, mark)
		}
	})
}

func TestContainsEscapesWhatLikeWouldReadAsAPattern(t *testing.T) {
	for word, want := range map[string]string{"컷": "%컷%", `100%_\`: `%100\%\_\\%`} {
		if got := query.Contains(word); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}

func TestAllLeavesOutWhatIsNotSet(t *testing.T) {
	sql, _, err := query.All(query.When(false, sq.Eq{"a": 1}), query.When(true, sq.Eq{"b": 2}), nil).ToSql()
	if err != nil || sql != "(b = ?)" {
		t.Errorf("%s, %v", sql, err)
	}
	if all := query.All(query.When(false, sq.Eq{"a": 1})); len(all) != 0 {
		t.Errorf("%v", all)
	}
}
