package bookings

import (
	"context"

	"freety/db"
	"freety/routes/notices"
)

var noticeOf = map[State]notices.Kind{
	Applied:    notices.BookingApplied,
	Waitlisted: notices.BookingWaitlisted,
	Confirmed:  notices.BookingConfirmed,
	Declined:   notices.BookingDeclined,
	Withdrawn:  notices.BookingWithdrawn,
	Cancelled:  notices.BookingCancelled,
}

// tell writes what the parties are told of a booking that has come into a state.
func tell(ctx context.Context, tx *db.Tx, b *Booking, state State, s step) error {
	kind, known := noticeOf[state]
	if !known {
		return nil
	}
	// Both are told of what both wait for; of the rest, whoever did it knows.
	both := state == Confirmed || state == Waitlisted
	facts := notices.Booking{
		ID: b.ID, State: string(state), By: string(s.by), Title: b.Recruitment.Title, Message: b.Message, Reason: string(s.reason),
		StartsAt: b.Slot.StartsAt, EndsAt: b.Slot.EndsAt, Zone: b.Agreed.V.Venue.Zone, Services: b.Agreed.V.Services, Fee: b.Agreed.V.Fee,
		Province: b.Agreed.V.Venue.Province, District: b.Agreed.V.Venue.District, Neighborhood: b.Agreed.V.Venue.Neighborhood,
	}
	var told []notices.Notice
	if both || s.by != Stylist {
		facts.ToStylist, facts.Other = true, b.Model.Name
		told = append(told, notices.Notice{To: b.Stylist.ID, Kind: kind, Facts: facts})
	}
	if both || s.by != Model {
		facts.ToStylist, facts.Other = false, b.Stylist.Name
		told = append(told, notices.Notice{To: b.Model.ID, Kind: kind, Facts: facts})
	}
	return notices.Tell(ctx, tx, told...)
}
