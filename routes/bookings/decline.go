package bookings

import (
	"context"

	"freety/routes/api"
)

// Decline turns a booking down: the stylist an application, the model an offer.
func (b *Bookings) Decline(ctx context.Context, in *actionInput) (*api.Body[Booking], error) {
	return b.act(ctx, in.ID, Decline, in.Body)
}
