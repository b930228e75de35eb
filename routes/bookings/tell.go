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
		StartsAt: b.Slot.StartsAt.Time, EndsAt: b.Slot.EndsAt.Time, Zone: b.Agreed.V.Venue.Zone, Services: b.Agreed.V.Services, Fee: b.Agreed.V.Fee,
		Province: b.Agreed.V.Venue.Province, District: b.Agreed.V.Venue.District, Neighborhood: b.Agreed.V.Venue.Neighborhood,
	}
	var told []notices.Notice
	for _, to := range []struct {
		Party
		self, other Person
	}{{Stylist, b.Stylist, b.Model}, {Model, b.Model, b.Stylist}} {
		acts := s.by == to.Party
		if acts && !both {
			continue
		}
		f := facts
		f.ToStylist, f.Other = to.Party == Stylist, to.other.Name
		if !acts {
			f.Reason = string(s.reason)
		}
		told = append(told, notices.Notice{To: to.self.ID, Kind: kind, Facts: f})
	}
	return notices.Tell(ctx, tx, told...)
}
