// Package system serves the routes about the server itself: whether it is up and
// ready, its documentation and, in demo mode, its mails, its clock and its reset.
package system

import (
	"context"
	"fmt"
	"time"

	"freety/db"
	"freety/routes/api"
)

// Store is what Ready asks besides the database.
type Store interface {
	// Ready reports why the store cannot be used now, or nil.
	Ready(ctx context.Context) error
}

// Demo is what demo mode adds.
type Demo struct {
	Mails MailBox
	Clock Advancer
	Data  Resetter
}

// System serves the routes of this package.
type System struct {
	db    *db.DB
	store Store
	demo  *Demo
}

// New makes a System. demo is nil outside of demo mode; then Mails,
// AdvanceClock and Reset must not be registered.
func New(d *db.DB, store Store, demo *Demo) *System {
	return &System{db: d, store: store, demo: demo}
}

const readyTimeout = 2 * time.Second

// Text is the output of a route that answers plain text.
type Text struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// Ping answers pong. Register it with api.Answers("text/plain").
func (s *System) Ping(context.Context, *api.None) (*Text, error) {
	return &Text{ContentType: "text/plain; charset=utf-8", Body: []byte("pong")}, nil
}

// Condition is the answer of a healthy server.
type Condition struct {
	Status string `json:"status" enum:"ok"`
}

var healthy = &api.Body[Condition]{Body: Condition{Status: "ok"}}

// Health answers as long as the process runs.
func (s *System) Health(context.Context, *api.None) (*api.Body[Condition], error) {
	return healthy, nil
}

// Ready succeeds if the database and the photo store both answer within two
// seconds; if not, the server is unavailable.
func (s *System) Ready(ctx context.Context, _ *api.None) (*api.Body[Condition], error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	checks := map[string]func(context.Context) error{"database": s.db.PingContext, "photo store": s.store.Ready}
	failed := make(chan error, len(checks))
	for what, check := range checks {
		go func() {
			err := check(ctx)
			if err != nil {
				err = fmt.Errorf("%w: the %s is not ready: %w", api.ErrUnavailable, what, err)
			}
			failed <- err
		}()
	}
	for range checks {
		select {
		case err := <-failed:
			if err != nil {
				return nil, err
			}
		case <-ctx.Done():
			// A check may ignore its context.
			return nil, fmt.Errorf("%w: not ready within %s", api.ErrUnavailable, readyTimeout)
		}
	}
	return healthy, nil
}
