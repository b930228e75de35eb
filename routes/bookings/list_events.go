package bookings

import (
	"context"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// Event is one entry of a booking's history.
type Event struct {
	ID        int64    `json:"id" doc:"Rises from event to event."`
	State     State    `json:"state" doc:"Of the booking after the event."`
	Actor     Actor    `json:"actor" doc:"Who made it happen."`
	Reason    string   `json:"reason" doc:"What the actor said; empty if nothing."`
	CreatedAt api.Time `json:"createdAt" doc:"When it happened, in the venue's zone."`
}

// Actor is who made an event happen.
type Actor struct {
	Role ActorRole `json:"role"`
	ID   *int64    `json:"id" doc:"None for the system."`
	Name string    `json:"name" doc:"Empty for the system."`
}

// ActorRole is in which role somebody, or the server itself, acted.
type ActorRole string

// Schema implements huma.SchemaProvider.
func (ActorRole) Schema(huma.Registry) *huma.Schema {
	return api.Enum[ActorRole]("BookingActorRole", "Who acted: a party of the booking, or the server by itself.", "stylist", "model", "system")
}

// ListEvents returns the history of a booking, oldest first.
func (b *Bookings) ListEvents(ctx context.Context, in *api.ID) (*api.Page[Event], error) {
	booking, _, err := load(ctx, b.db, in.ID)
	if err != nil {
		return nil, err
	}
	events, err := db.Select[Event](ctx, b.db, sq.Select(db.Columns[Event]()...).From("booking_history").Where(sq.Eq{"booking_id": in.ID}).OrderBy("id"))
	for i := range events {
		events[i].CreatedAt = events[i].CreatedAt.In(api.Zone(booking.Agreed.V.Venue.Zone))
	}
	return api.All(events), err
}
