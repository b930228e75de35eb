// Package bookings takes a booking from the application to its end: who may do
// what when (state.go), and the transactions that keep seats, agendas, history
// and mails right under any race (move.go). It also closes and deletes
// recruitments, since that ends their bookings.
package bookings

import (
	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"
	"freety/routes/recruitments"
)

// Bookings serves bookings.
type Bookings struct {
	db           *db.DB
	recruitments *recruitments.Recruitments
	links        photos.Links
	clock        api.Clock
}

// New makes a Bookings.
func New(d *db.DB, r *recruitments.Recruitments, links photos.Links, clock api.Clock) *Bookings {
	return &Bookings{db: d, recruitments: r, links: links, clock: clock}
}
