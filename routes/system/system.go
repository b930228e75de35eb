// Package system serves the routes about the server itself: whether it is up and
// ready, its documentation and, in demo mode, its mails, its clock and its reset.
package system

import (
	"context"

	"freety/db"
	"freety/routes/api"

	"golang.org/x/sync/singleflight"
)

// Store is what Ready asks besides the database.
type Store interface {
	// Ready reports why the store cannot be used now, or nil.
	Ready(ctx context.Context) error
}

// Demo is what demo mode adds.
type Demo struct {
	Mails   MailBox
	Clock   Advancer
	Data    Resetter
	SignIns []SignIn // shown to everybody
}

// SignIn is how anybody may sign in to a demo.
type SignIn struct{ Role, Email, Password string }

// System serves the routes of this package.
type System struct {
	db    *db.DB
	store Store
	demo  *Demo
	ready singleflight.Group
}

// New makes a System. demo is nil outside of demo mode; then Mails,
// AdvanceClock and Reset must not be registered.
func New(d *db.DB, store Store, demo *Demo) *System {
	return &System{db: d, store: store, demo: demo}
}

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
	Status string `json:"status" example:"ok" doc:"Always ok; a server that is not well answers 503."`
}

var healthy = &api.Body[Condition]{Body: Condition{Status: "ok"}}

// Health answers as long as the process runs.
func (s *System) Health(context.Context, *api.None) (*api.Body[Condition], error) {
	return healthy, nil
}
