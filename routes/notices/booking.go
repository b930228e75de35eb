package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"

	sq "github.com/Masterminds/squirrel"
)

// Booking has the facts of an event of a booking, for one of its parties.
type Booking struct {
	ID           int64               `json:"id"`
	State        string              `json:"state"` // after the event
	By           string              `json:"by"`    // stylist, model or system
	ToStylist    bool                `json:"toStylist"`
	Other        string              `json:"other"` // the name of the other party
	Title        string              `json:"title"` // of the recruitment
	Message      string              `json:"message"`
	Reason       string              `json:"reason"`
	StartsAt     time.Time           `json:"startsAt"`
	EndsAt       time.Time           `json:"endsAt"`
	Zone         string              `json:"zone"`
	Services     []catalogue.Service `json:"services"`
	Fee          int                 `json:"fee"`
	Province     string              `json:"province"`
	District     string              `json:"district"`
	Neighborhood string              `json:"neighborhood"`
}

// bookingLetter is what the templates of a booking are filled with.
type bookingLetter struct {
	Recipient string
	Booking
	Address  string // while the booking is confirmed
	Services []catalogue.ServiceEntry
}

// letterOfBooking reads the booking again. If its state has changed since the
// event, the letter is not sent: it could ask for what has been done, or announce
// an appointment that is cancelled. The address is in the letter only if the
// booking is confirmed now.
func letterOfBooking(ctx context.Context, d *db.DB, recipient string, facts []byte) (any, error) {
	l := bookingLetter{Recipient: oneLine(recipient)}
	if err := json.Unmarshal(facts, &l.Booking); err != nil {
		return nil, fmt.Errorf("%w: its facts: %w", api.ErrHopeless, err)
	}
	now, err := db.Get[struct {
		State  string
		Agreed db.JSON[struct {
			Venue struct {
				Detail string `json:"detail"`
			} `json:"venue"`
		}]
	}](ctx, d, sq.Select("state", "agreed").From("booking_states").Where(sq.Eq{"id": l.ID}))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, err
	}
	if now.State != l.State {
		return nil, fmt.Errorf("%w: the booking is no longer %s", api.ErrMoot, l.State)
	}
	if now.State == "confirmed" {
		l.Address = oneLine(now.Agreed.V.Venue.Detail)
	}
	l.Services, err = db.Select[catalogue.ServiceEntry](ctx, d, sq.Select(db.Columns[catalogue.ServiceEntry]()...).From("service_catalogue").
		Where(sq.Eq{"code": l.Booking.Services}).OrderBy("position"))
	zone := api.Zone(l.Zone)
	l.StartsAt, l.EndsAt = l.StartsAt.In(zone), l.EndsAt.In(zone)
	// These stand in the middle of a line.
	for _, text := range []*string{&l.Other, &l.Title, &l.Province, &l.District, &l.Neighborhood} {
		*text = oneLine(*text)
	}
	return l, err
}
