package bookings

import (
	"context"
	"time"

	"freety/db/query"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// Filters narrow the caller's bookings: one field, one query parameter.
type Filters struct {
	State        []State            `query:"state" maxItems:"10" doc:"Any of these states."`
	From         api.Opt[time.Time] `query:"from" doc:"Bookings whose slot starts at this time or later."`
	To           api.Opt[time.Time] `query:"to" doc:"Bookings whose slot starts before this time."`
	UpdatedSince api.Opt[time.Time] `query:"updatedSince" doc:"Changed at this time or later."`
}

// where joins the filters that are set by AND, in the order of the fields.
func (f Filters) where() sq.And {
	return query.All(
		query.When(len(f.State) > 0, sq.Eq{"state": f.State}),
		query.When(f.From.Set, sq.GtOrEq{"slot_starts_at": f.From.Value.UTC()}),
		query.When(f.To.Set, sq.Lt{"slot_starts_at": f.To.Value.UTC()}),
		query.When(f.UpdatedSince.Set, sq.GtOrEq{"updated_at": f.UpdatedSince.Value.UTC()}),
	)
}

// Order is an order of bookings.
type Order string

// Schema implements huma.SchemaProvider.
func (Order) Schema(huma.Registry) *huma.Schema {
	return api.Enum[Order]("BookingSort", "Order of bookings.", "soonest", "newest")
}

type listInput struct {
	Filters
	Sort Order `query:"sort" default:"soonest" doc:"soonest: by the slot's start; newest: last made first."`
	api.PageInput
}

// Resolve implements huma.Resolver. It checks what concerns several parameters.
func (in *listInput) Resolve(huma.Context) []error {
	if in.From.Set && in.To.Set && !in.From.Value.Before(in.To.Value) {
		return []error{api.NewFault("query.to", "out_of_order", "is not after from")}
	}
	return nil
}

var sorts = map[Order]query.Sort[Booking]{
	"soonest": {Name: "soonest", Key: sq.Expr("slot_starts_at"), ID: "id", Of: func(b *Booking) query.Mark { return query.Mark{Time: &b.Slot.StartsAt.Time, ID: b.ID} }},
	"newest":  {Name: "newest", Key: sq.Expr("created_at"), Desc: true, ID: "id", Of: func(b *Booking) query.Mark { return query.Mark{Time: &b.CreatedAt.Time, ID: b.ID} }},
}

// ListMine lists the bookings that the caller is a party of.
func (b *Bookings) ListMine(ctx context.Context, in *listInput) (*api.Page[Booking], error) {
	caller := api.CallerOf(ctx)
	by, column := Stylist, "stylist_id"
	if caller.Role == api.Model {
		by, column = Model, "model_id"
	}
	rows := selectBookings().Where(sq.Eq{column: caller.AccountID}).Where(in.where())
	page, err := api.List(ctx, b.db, rows, sorts[in.Sort], in.PageInput)
	if err != nil {
		return nil, err
	}
	for i := range page.Body.Items {
		page.Body.Items[i].present(b.links, by, api.Now(ctx))
	}
	return page, nil
}
