package bookings

import (
	"context"

	"freety/routes/api"
)

type actionInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body *reasonInput
}

type reasonInput struct {
	Reason api.Text `json:"reason,omitempty" maxLength:"500" doc:"For the other party and the history."`
}

func (in *reasonInput) reason() api.Text {
	if in == nil {
		return ""
	}
	return in.Reason
}

// Accept confirms a booking: the stylist an application, the model an offer.
func (b *Bookings) Accept(ctx context.Context, in *actionInput) (*api.Body[Booking], error) {
	return b.act(ctx, in.ID, Accept, in.Body)
}
