package system

import (
	"context"
	"errors"
	"time"

	"freety/routes/api"
)

// Demo is what demo mode adds.
type Demo struct {
	Mails MailBox
	Clock Advancer
}

// MailBox remembers the mails that were sent.
type MailBox interface {
	// Sent lists the newest mails to an address, whatever its case, or to
	// everybody when it is empty; the newest first.
	Sent(ctx context.Context, to string) ([]Mail, error)
}

// Mail is a mail as its recipient reads it.
type Mail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	SentAt  time.Time `json:"sentAt" doc:"By the real clock."`
}

// Advancer is a clock that can be moved forward.
type Advancer interface {
	// Advance moves the clock and returns what it shows now; ErrTooFar when it
	// would be too far from the real one.
	Advance(ctx context.Context, by time.Duration) (time.Time, error)
}

// ErrTooFar says that a clock cannot be moved on that much.
var ErrTooFar = errors.New("system: too far in the future")

// MailsInput is the input of Mails.
type MailsInput struct {
	To string `query:"to" maxLength:"254" doc:"Only those to this address; without it, all."`
}

// Mails lists the newest mails that were sent, 100 at most.
func (s *System) Mails(ctx context.Context, in *MailsInput) (*api.Page[Mail], error) {
	mails, err := s.demo.Mails.Sent(ctx, in.To)
	if err != nil {
		return nil, err
	}
	return api.All(mails), nil
}

// ClockInput is the input of AdvanceClock.
type ClockInput struct {
	Body struct {
		Advance string `json:"advance" minLength:"3" maxLength:"40" example:"PT24H" doc:"An ISO 8601 duration in weeks, or in days, hours, minutes and seconds."`
	}
}

// Time is what the clock of bookings shows.
type Time struct {
	Now time.Time `json:"now"`
}

// AdvanceClock moves the clock of bookings, offers, recruitments and reviews forward.
func (s *System) AdvanceClock(ctx context.Context, in *ClockInput) (*api.Body[Time], error) {
	by, err := parseDuration(in.Body.Advance)
	if err != nil {
		return nil, api.InvalidInput(api.Fault{Location: "body.advance", Message: err.Error()})
	}
	now, err := s.demo.Clock.Advance(ctx, by)
	if errors.Is(err, ErrTooFar) {
		return nil, api.InvalidInput(api.Fault{Location: "body.advance", Message: "the clock would be more than ten years ahead"})
	}
	if err != nil {
		return nil, err
	}
	return &api.Body[Time]{Body: Time{Now: now}}, nil
}
