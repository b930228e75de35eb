// Package people serves the profiles of stylists and models.
package people

import (
	"context"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// People serves stylists and models.
type People struct {
	db    *db.DB
	links photos.Links
}

// New returns a People.
func New(d *db.DB, links photos.Links) *People { return &People{db: d, links: links} }

// Affiliation is where a stylist works or studies.
type Affiliation string

// Schema implements huma.SchemaProvider.
func (Affiliation) Schema(huma.Registry) *huma.Schema {
	return api.Enum[Affiliation]("Affiliation", "Where a stylist works or studies.", "salon", "academy", "school", "freelance")
}

// StylistCard is what a recruitment shows of its stylist.
type StylistCard struct {
	ID               int64        `json:"id" doc:"For /v1/stylists/{id}."`
	Name             string       `json:"name" doc:"As the stylist gave it."`
	Avatar           photos.Photo `json:"avatar" doc:"The stylist's picture, or a default one."`
	ExperienceMonths int          `json:"experienceMonths" doc:"Months of work."`
	Rating           *float64     `json:"rating" doc:"Mean of the reviews, 1 to 5; null if there are none."`
	ReviewCount      int          `json:"reviewCount" doc:"How many reviews there are."`
}

// Stylist is a stylist's public page.
type Stylist struct {
	StylistCard
	Affiliation     *Affiliation               `json:"affiliation" nullable:"true" doc:"Where the stylist works or studies; null if it is not said."`
	AffiliationName string                     `json:"affiliationName" doc:"Name of the salon, academy or school."`
	StatusMessage   string                     `json:"statusMessage" doc:"A line about now; empty if there is none."`
	Career          string                     `json:"career" doc:"What the stylist says of their training and work; empty if nothing."`
	Services        db.List[catalogue.Service] `json:"services" doc:"What the stylist offers."`
	Province        *string                    `json:"province" doc:"Where the stylist works, by today's name; null if it is not said."`
	District        *string                    `json:"district" doc:"Of the province, by today's name; null if it is not said."`
}

// Stylist returns a stylist's public page.
func (p *People) Stylist(ctx context.Context, in *api.ID) (*api.Body[Stylist], error) {
	stylist, err := p.stylist(ctx, p.db, in.ID)
	return &api.Body[Stylist]{Body: stylist}, err
}

func (p *People) stylist(ctx context.Context, on db.Queryer, id int64) (Stylist, error) {
	stylist, err := db.Get[Stylist](ctx, on, sq.Select(db.Columns[Stylist]()...).From("stylist_cards").Where(sq.Eq{"id": id}))
	if err != nil {
		return stylist, err
	}
	p.links.Fill(&stylist.Avatar, photos.OfPerson)
	return stylist, nil
}
