package bookings

import (
	"context"

	"freety/routes/api"
)

// Complete says that the appointment took place, after its end.
func (b *Bookings) Complete(ctx context.Context, in *actionInput) (*api.Body[Booking], error) {
	return b.act(ctx, in.ID, Complete, in.Body)
}
