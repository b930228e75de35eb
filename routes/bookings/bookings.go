// Package bookings takes a booking from the application to its end: who may do
// what when (state.go), the transactions that keep seats, agendas and history
// right under any race (act.go), and who is told what (tell.go). It also closes
// and deletes recruitments, since that ends their bookings.
package bookings

import (
	"freety/db"
	"freety/routes/photos"
	"freety/routes/recruitments"
)

// Bookings serves bookings.
type Bookings struct {
	db           *db.DB
	recruitments *recruitments.Recruitments
	links        photos.Links
}

// New makes a Bookings.
func New(d *db.DB, r *recruitments.Recruitments, links photos.Links) *Bookings {
	return &Bookings{db: d, recruitments: r, links: links}
}
