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

// tell writes the notices to the parties of a booking that has entered a state.
func tell(ctx context.Context, tx *db.Tx, b *Booking, state State, s step) error {
	kind, known := noticeOf[state]
	if !known {
		return nil
	}
	// Both parties wait for these two. Of the others, the party that acts already knows.
	both := state == Confirmed || state == Waitlisted
	facts := notices.Booking{
		ID: b.ID, State: string(state), By: string(s.by), Title: b.Recruitment.Title, Message: b.Message,
		StartsAt: b.Slot.StartsAt, EndsAt: b.Slot.EndsAt, Zone: b.Agreed.V.Venue.Zone, Services: b.Agreed.V.Services, Fee: b.Agreed.V.Fee,
		Province: b.Agreed.V.Venue.Province, District: b.Agreed.V.Venue.District, Neighborhood: b.Agreed.V.Venue.Neighborhood,
	}
	var told []notices.Notice
	for to, id := range map[Party]int64{Stylist: b.Stylist.ID, Model: b.Model.ID} {
		f := facts
		f.ToStylist, f.Other = to == Stylist, b.Stylist.Name
		if f.ToStylist {
			f.Other = b.Model.Name
		}
		if s.by != to {
			f.Reason = string(s.reason)
		}
		if s.by != to || both {
			told = append(told, notices.Notice{To: id, Kind: kind, Facts: f})
		}
	}
	return notices.Tell(ctx, tx, told...)
}
