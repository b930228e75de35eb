package bookings

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/photos"
	"freety/routes/recruitments"

	sq "github.com/Masterminds/squirrel"
)

// Booking is a model's booking of a slot, as one of its parties sees it.
type Booking struct {
	ID             int64            `json:"id" doc:"For /v1/bookings/{id}."`
	State          State            `json:"state"`
	Slot           Slot             `json:"slot" doc:"When it takes place."`
	Recruitment    Recruitment      `json:"recruitment" doc:"What the booking belongs to."`
	Agreed         api.JSON[Agreed] `json:"agreed" doc:"As it was when the booking was made."`
	Stylist        Person           `json:"stylist" doc:"The party who wrote the recruitment."`
	Model          Person           `json:"model" doc:"The party who comes to the appointment."`
	Message        string           `json:"message" doc:"What the party that made the booking wrote to the other."`
	ExpiresAt      *api.Time        `json:"expiresAt,omitempty" doc:"Until when an offer holds."`
	CancelledBy    *ActorRole       `json:"cancelledBy,omitempty" doc:"For a cancelled booking: who cancelled it."`
	Late           *bool            `json:"late,omitempty" doc:"For a cancelled booking: whether it was cancelled later than the agreed notice allows."`
	NoShowBy       *Party           `json:"noShowBy,omitempty" doc:"Who did not come."`
	Reason         string           `json:"reason,omitempty" db:"reason,computed" doc:"Given with the last action."`
	CreatedAt      api.Time         `json:"createdAt" doc:"When the booking was made, in the venue's zone."`
	UpdatedAt      api.Time         `json:"updatedAt" doc:"When the state last changed, in the venue's zone."`
	AllowedActions []Action         `json:"allowedActions" db:"-" doc:"What the caller may do now, by the names of the routes."`
}

// Slot is the time of a booking.
type Slot struct {
	ID       int64    `json:"id" doc:"That of the recruitment's slot."`
	StartsAt api.Time `json:"startsAt" doc:"In the venue's zone."`
	EndsAt   api.Time `json:"endsAt" doc:"In the venue's zone."`
}

// Recruitment is what a booking belongs to.
type Recruitment struct {
	ID    int64  `json:"id" doc:"For /v1/recruitments/{id}."`
	Title string `json:"title" doc:"As it is now."`
}

// Person is one of the two parties.
type Person struct {
	ID     int64        `json:"id" doc:"Of their account."`
	Name   string       `json:"name" doc:"As they gave it."`
	Avatar photos.Photo `json:"avatar" doc:"Their picture, or a default one."`
}

// Agreed are the terms of a booking. The venue's detail and exact point are for
// the stylist and, while the booking is confirmed, for the model.
type Agreed struct {
	Fee         int                 `json:"fee" doc:"KRW; 0 is free."`
	Services    []catalogue.Service `json:"services" doc:"What is done."`
	Venue       recruitments.Venue  `json:"venue" doc:"Where it takes place; the address is for the stylist and, while the booking is confirmed, for the model."`
	NoticeHours int                 `json:"noticeHours" doc:"A cancellation within this many hours of the start is late."`
}

// Get returns a booking to its stylist or its model.
func (b *Bookings) Get(ctx context.Context, in *api.ID) (*api.Body[Booking], error) {
	booking, by, err := load(ctx, b.db, in.ID)
	if err != nil {
		return nil, err
	}
	booking.present(b.links, by, api.Now(ctx))
	return &api.Body[Booking]{Body: booking}, nil
}

// selectBookings is the start of every read of bookings.
func selectBookings() sq.SelectBuilder {
	const lastReason = "COALESCE((SELECT h.reason FROM booking_history h WHERE h.booking_id = booking_details.id ORDER BY h.id DESC LIMIT 1), '')"
	return sq.Select(db.Columns[Booking]()...).Column(lastReason + " AS reason").From("booking_details")
}

// load finds a booking and which of its parties the caller is; NotFound for
// anybody else.
func load(ctx context.Context, on db.Queryer, id int64) (Booking, Party, error) {
	booking, err := db.Get[Booking](ctx, on, selectBookings().Where(sq.Eq{"id": id}))
	if err != nil {
		return booking, "", err
	}
	switch api.CallerOf(ctx).AccountID {
	case booking.Stylist.ID:
		return booking, Stylist, nil
	case booking.Model.ID:
		return booking, Model, nil
	}
	return Booking{}, "", api.NotFound()
}

func (b *Booking) times(now time.Time) Times {
	t := Times{Now: now, StartsAt: b.Slot.StartsAt.Time, EndsAt: b.Slot.EndsAt.Time}
	if b.ExpiresAt != nil {
		t.ExpiresAt = &b.ExpiresAt.Time
	}
	return t
}

// present completes a booking that was read, for one of its parties.
func (b *Booking) present(links photos.Links, by Party, now time.Time) {
	b.AllowedActions = allowedActions(by, b.State, b.times(now))
	links.Fill(&b.Stylist.Avatar, photos.OfPerson)
	links.Fill(&b.Model.Avatar, photos.OfPerson)
	if by == Model && b.State != Confirmed {
		b.Agreed.V.Venue = b.Agreed.V.Venue.Public()
	}
	zone := api.Zone(b.Agreed.V.Venue.Zone)
	for _, t := range []*api.Time{&b.Slot.StartsAt, &b.Slot.EndsAt, &b.CreatedAt, &b.UpdatedAt, b.ExpiresAt} {
		if t != nil {
			*t = t.In(zone)
		}
	}
}
