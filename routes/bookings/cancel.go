package bookings

import (
	"context"

	"freety/routes/api"
)

// Cancel calls a confirmed booking off, before its start; its seat is free again.
func (b *Bookings) Cancel(ctx context.Context, in *actionInput) (*api.Body[Booking], error) {
	return b.act(ctx, in.ID, Cancel, in.Body)
}
