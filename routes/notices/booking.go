package notices

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	Reason       string              `json:"reason"` // of the other party
	StartsAt     time.Time           `json:"startsAt"`
	EndsAt       time.Time           `json:"endsAt"`
	Zone         string              `json:"zone"`
	Services     []catalogue.Service `json:"services"`
	Fee          int                 `json:"fee"`
	Province     string              `json:"province"`
	District     string              `json:"district"`
	Neighborhood string              `json:"neighborhood"`
}

// bookingEvent is what the templates of a booking's event are filled with. What
// somebody wrote who has not confirmed their address is left out, so that nobody
// can have a text of theirs sent to a stranger: the name, the stylist's title and
// place, and the messages, which then wait.
type bookingEvent struct {
	Booking
	Services                                []catalogue.ServiceEntry
	Address                                 string // while the booking is confirmed
	AddressWaits, MessageWaits, ReasonWaits bool
}

// bookingEvents reads the bookings of notices again. An event is left out if the
// state of its booking has changed since: its letter could ask for what has been
// done, or announce an appointment that is cancelled. An address is in the letter
// only if the booking is confirmed now.
func bookingEvents(ctx context.Context, d *db.DB, told []notice) (events []bookingEvent, current []notice, err error) {
	facts := make([]Booking, len(told))
	ids := make([]int64, len(told))
	for i, n := range told {
		if err := json.Unmarshal(n.Facts, &facts[i]); err != nil {
			return nil, nil, fmt.Errorf("%w: its facts: %w", api.ErrHopeless, err)
		}
		ids[i] = facts[i].ID
	}
	bookings, err := db.Select[bookingState](ctx, d, sq.Select(db.Columns[bookingState]()...).From("booking_states").Where(sq.Eq{"id": ids}))
	if err != nil {
		return nil, nil, err
	}
	services, err := db.Select[catalogue.ServiceEntry](ctx, d, sq.Select(db.Columns[catalogue.ServiceEntry]()...).From("service_catalogue").OrderBy("position"))
	if err != nil {
		return nil, nil, err
	}
	for i, f := range facts {
		at := slices.IndexFunc(bookings, func(b bookingState) bool { return b.ID == f.ID && b.State == f.State })
		if at >= 0 {
			events = append(events, newBookingEvent(f, &bookings[at], services))
			current = append(current, told[i])
		}
	}
	return events, current, nil
}

type bookingState struct {
	ID     int64
	State  string
	Agreed db.JSON[struct {
		Venue struct {
			Detail string `json:"detail"`
		} `json:"venue"`
	}]
	StylistConfirmed, ModelConfirmed bool
}

func newBookingEvent(f Booking, now *bookingState, services []catalogue.ServiceEntry) bookingEvent {
	e := bookingEvent{Booking: f}
	zone := api.Zone(f.Zone)
	e.StartsAt, e.EndsAt = f.StartsAt.In(zone), f.EndsAt.In(zone)
	for _, s := range services {
		if slices.Contains(f.Services, s.Code) {
			e.Services = append(e.Services, s)
		}
	}
	if now.State == "confirmed" {
		e.Address = now.Agreed.V.Venue.Detail
	}
	// These stand in the middle of a line.
	for _, text := range []*string{&e.Other, &e.Title, &e.Neighborhood, &e.Address} {
		*text = oneLine(*text)
	}
	if !now.StylistConfirmed {
		e.AddressWaits = e.Address != ""
		e.Title, e.Neighborhood, e.Address = "", "", ""
	}
	otherConfirmed := now.StylistConfirmed
	if f.ToStylist {
		otherConfirmed = now.ModelConfirmed
	}
	if !otherConfirmed {
		e.MessageWaits, e.ReasonWaits = e.Message != "", e.Reason != ""
		e.Other, e.Message, e.Reason = "", "", ""
	}
	return e
}
