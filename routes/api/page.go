package api

import (
	"context"

	"freety/db"
	"freety/db/query"

	sq "github.com/Masterminds/squirrel"
)

// PageInput are the parameters of every list that has pages.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"500" doc:"The nextCursor of the page before."`
}

// Page is the output of a list.
type Page[T any] struct {
	Body Items[T]
}

// Items is one page of a list.
type Items[T any] struct {
	Items      []T     `json:"items" doc:"In the order of the sort; empty when there are none."`
	NextCursor *string `json:"nextCursor" doc:"For the next page; null on the last."`
}

// All returns a list that has one page.
func All[T any](items []T) *Page[T] {
	return &Page[T]{Body: Items[T]{Items: items}}
}

// List runs rows in the order of sort and returns the page that in asks for.
func List[T any](ctx context.Context, on db.Queryer, rows sq.SelectBuilder, sort query.Sort[T], in PageInput) (*Page[T], error) {
	req := requestOf(ctx)
	page := query.Page[T]{Sort: sort, Limit: in.Limit}
	if in.Cursor != "" {
		after, err := req.cursors.Mark(req.query, in.Cursor)
		if err != nil {
			return nil, InvalidInput(NewFault("query.cursor", "invalid_cursor", "is not a cursor of this list; send nextCursor unchanged, with the same filters and sort"))
		}
		page.After = after
	}
	rows, err := page.Apply(rows)
	if err != nil {
		return nil, err
	}
	found, err := db.Select[T](ctx, on, rows)
	if err != nil {
		return nil, err
	}
	items, mark := page.Cut(found)
	out := All(items)
	if mark != nil {
		next := req.cursors.Cursor(req.query, *mark)
		out.Body.NextCursor = &next
	}
	return out, nil
}
