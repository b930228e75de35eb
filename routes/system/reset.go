package system

import (
	"context"
	"errors"

	"freety/routes/api"
)

// Resetter holds data that can be reset.
type Resetter interface {
	// Reset replaces everything that people have left with new demo data, and
	// sets the demo's clock to the real time; ErrNoDemo if the data is not demo
	// data.
	Reset(ctx context.Context) error
}

// ErrNoDemo says that a database holds data that is not demo data.
var ErrNoDemo = errors.New("system: the data is not demo data")

// ResetInput is the input of Reset.
type ResetInput struct {
	Body *api.EmptyBody `doc:"None is needed."`
	Site string         `header:"Sec-Fetch-Site" hidden:"true"`
}

// Reset resets the demo: its data, its clock and this server's mails.
func (s *System) Reset(ctx context.Context, in *ResetInput) (*api.None, error) {
	if in.Site == "cross-site" {
		return nil, api.Forbidden("A page of another site cannot reset the demo.")
	}
	err := s.demo.Data.Reset(ctx)
	if errors.Is(err, ErrNoDemo) {
		return nil, api.Conflict("no_demo", "The database held other people's data before demo mode was switched on, so it is left alone.")
	}
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(s.demo.Clock.Read(ctx), s.demo.Mails.Clear(ctx))
}
