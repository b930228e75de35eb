package bookings

import (
	"context"

	"freety/routes/api"
)

// Withdraw takes back what was asked: the model an application, the stylist an offer.
func (b *Bookings) Withdraw(ctx context.Context, in *actionInput) (*api.Body[Booking], error) {
	return b.act(ctx, in.ID, Withdraw, in.Body)
}
