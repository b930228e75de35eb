package system

import (
	"context"
	"errors"
	"time"

	"freety/routes/api"
)

// Advancer is a clock that can be moved forward.
type Advancer interface {
	// Read updates the clock from the database, where another server or a reset
	// may have set it.
	Read(ctx context.Context) error
	// Advance moves the clock and returns what it shows now; ErrTooFar if that
	// would be too far from the real time.
	Advance(ctx context.Context, by time.Duration) (time.Time, error)
}

// ErrTooFar says that a clock cannot be moved that far.
var ErrTooFar = errors.New("system: too far in the future")

// Clock tells what the clock of bookings shows; a move on another server shows
// within a second.
func (s *System) Clock(ctx context.Context, _ *struct{}) (*api.Body[DemoTime], error) {
	return &api.Body[DemoTime]{Body: DemoTime{Now: api.Time{Time: api.Now(ctx)}}}, nil
}

// ClockInput is the input of AdvanceClock.
type ClockInput struct {
	Body DemoClockMove
}

// DemoClockMove is by how much the clock is moved.
type DemoClockMove struct {
	Advance string `json:"advance" minLength:"3" maxLength:"40" example:"PT24H" doc:"An ISO 8601 duration in weeks, or in days, hours, minutes and seconds."`
}

// DemoTime is what the clock of bookings shows.
type DemoTime struct {
	Now api.Time `json:"now" doc:"The time for bookings, offers and recruitments, in UTC."`
}

// AdvanceClock moves the clock of bookings, offers, recruitments and reviews forward.
func (s *System) AdvanceClock(ctx context.Context, in *ClockInput) (*api.Body[DemoTime], error) {
	by, ok := parseDuration(in.Body.Advance)
	if !ok {
		return nil, api.InvalidInput(api.NewFault("body.advance", "wrong_format", "must be an ISO 8601 duration such as PT24H, P3D or P1DT12H30M, of at most ten years"))
	}
	now, err := s.demo.Clock.Advance(ctx, by)
	if errors.Is(err, ErrTooFar) {
		return nil, api.InvalidInput(api.NewFault("body.advance", "too_late", "would put the clock more than ten years ahead"))
	}
	if err != nil {
		return nil, err
	}
	return &api.Body[DemoTime]{Body: DemoTime{Now: api.Time{Time: now}}}, nil
}
