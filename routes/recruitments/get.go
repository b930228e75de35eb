package recruitments

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/people"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

// Detail is a recruitment with everything that the caller may see.
type Detail struct {
	ID                int64                      `json:"id" doc:"That of the path."`
	State             State                      `json:"state" db:"stored_state"`
	Title             string                     `json:"title" doc:"One line, as the stylist wrote it."`
	Body              string                     `json:"body" doc:"The text, with line breaks."`
	Services          db.List[catalogue.Service] `json:"services" doc:"What is offered."`
	Fee               int                        `json:"fee" doc:"KRW; 0 is free."`
	GenderWanted      GenderWanted               `json:"genderWanted" doc:"Which models are wanted."`
	HairLengthsWanted db.List[people.HairLength] `json:"hairLengthsWanted" doc:"Empty means any."`
	Venue             Venue                      `json:"venue" doc:"Where it takes place; the address is for the owner."`
	NoticeHours       int                        `json:"noticeHours" doc:"A cancellation within this many hours of the start is late."`
	InstantBook       bool                       `json:"instantBook" doc:"Whether a booking is confirmed at once."`
	Cover             photos.Photo               `json:"cover" db:"-" doc:"The first photo, or a default picture."`
	Photos            []photos.Photo             `json:"photos" db:"-" doc:"In the order that the owner chose; empty when there are none."`
	Slots             []Slot                     `json:"slots" db:"-" doc:"Ordered by start."`
	Stylist           people.StylistCard         `json:"stylist" doc:"Who wrote it."`
	FavoriteCount     int                        `json:"favoriteCount" doc:"How many models keep it."`
	Favorited         *bool                      `json:"favorited,omitempty" db:"-" doc:"Only for a signed-in model."`
	PublishedAt       *api.Time                  `json:"publishedAt" nullable:"true" doc:"When it was first published, in the venue's zone; null before."`
	CreatedAt         api.Time                   `json:"createdAt" doc:"When it was written, in the venue's zone."`
	UpdatedAt         api.Time                   `json:"updatedAt" doc:"When it was last changed, in the venue's zone."`
	AllowedActions    []Action                   `json:"allowedActions" db:"-" doc:"What the caller may do now, by the names of the routes; apply and waitlist to at least one of the slots, favorite or unfavorite by which of them changes something. Empty for other stylists and for who is not signed in."`
}

// Venue is where the appointment takes place. The detail and the exact point
// are for the owner; others get the point rounded to 0.002 degrees.
type Venue struct {
	Province     string   `json:"province" doc:"By today's name."`
	District     string   `json:"district" doc:"Of the province, by today's name."`
	Neighborhood string   `json:"neighborhood" doc:"Empty if it is not said."`
	Detail       *string  `json:"detail,omitempty" doc:"Street and floor: for the stylist and, while their booking is confirmed, for the model."`
	Lat          *float64 `json:"lat" doc:"WGS 84; null if it is not said. Exact for who gets detail, for others rounded to 0.002 degrees."`
	Lng          *float64 `json:"lng" doc:"As lat."`
	Zone         string   `json:"zone" doc:"IANA zone, in which the times are shown."`
}

// Public returns the part of a venue that everybody may see.
func (v Venue) Public() Venue {
	v.Detail = nil
	v.Lat, v.Lng = publicPoint(v.Lat), publicPoint(v.Lng)
	return v
}

// Slot is one appointment time.
type Slot struct {
	ID        int64    `json:"id" doc:"For slotId when applying."`
	StartsAt  api.Time `json:"startsAt" doc:"In the venue's zone."`
	EndsAt    api.Time `json:"endsAt" doc:"In the venue's zone."`
	Capacity  int      `json:"capacity" doc:"How many models at once."`
	SeatsLeft int      `json:"seatsLeft" doc:"How many models still find a seat."`

	AllowedActions []Action `json:"allowedActions" db:"-" doc:"What a model may do now: apply, or waitlist, which is to apply with waitlist, as every seat is taken. Empty for others."`
}

// version tells whether what Update changes has changed. For others than the
// owner it does not depend on what they may not see.
func (d *Detail) version() string { return api.Version[Change](*d) }

// Get returns a recruitment. Only its owner gets a draft.
func (r *Recruitments) Get(ctx context.Context, in *api.ID) (*api.Versioned[Detail], error) {
	detail, err := r.Detail(ctx, in.ID)
	return &api.Versioned[Detail]{Version: detail.version(), Body: detail}, err
}

// Detail reads a recruitment as the caller sees it.
func (r *Recruitments) Detail(ctx context.Context, id int64) (Detail, error) {
	caller := api.CallerOf(ctx)
	d, err := db.Get[Detail](ctx, r.db, selectDetail(id))
	if err != nil {
		return Detail{}, err
	}
	owner := d.Stylist.ID == caller.AccountID
	if d.State == Draft && !owner {
		return Detail{}, api.NotFound()
	}
	if d.Photos, err = r.gallery(ctx, r.db, id); err != nil {
		return Detail{}, err
	}
	d.Slots, err = db.Select[Slot](ctx, r.db, sq.Select(db.Columns[Slot]()...).From("recruitment_slots").Where(sq.Eq{"recruitment_id": id}).OrderBy("starts_at", "id"))
	if err != nil {
		return Detail{}, err
	}
	if caller.Is(api.Model) {
		kept, err := db.Get[struct{ Favorited bool }](ctx, r.db, sq.Select().Column(sq.Expr("EXISTS (SELECT 1 FROM favorites WHERE model_id = ? AND recruitment_id = ?) AS favorited", caller.AccountID, id)))
		if err != nil {
			return Detail{}, err
		}
		d.Favorited = &kept.Favorited
	}
	d.present(r.pictures.Links, api.Now(ctx), owner)
	return d, nil
}

func selectDetail(id int64) sq.SelectBuilder {
	return sq.Select(db.Columns[Detail]()...).From("recruitment_details").Where(sq.Eq{"id": id})
}

// present fills in what the row does not hold, for the owner or for others.
func (d *Detail) present(links photos.Links, now time.Time, owner bool) {
	if len(d.Photos) > 0 {
		d.Cover = d.Photos[0]
	}
	links.Fill(&d.Cover, photos.OfRecruitment)
	links.Fill(&d.Stylist.Avatar, photos.OfPerson)
	zone := api.Zone(d.Venue.Zone)
	comes, seats := false, 0
	for i := range d.Slots {
		s := &d.Slots[i]
		s.StartsAt, s.EndsAt = s.StartsAt.In(zone), s.EndsAt.In(zone)
		s.AllowedActions = []Action{}
		if s.StartsAt.After(now) {
			comes = true
			seats += s.SeatsLeft
		}
	}
	d.PublishedAt = inZone(d.PublishedAt, zone)
	d.CreatedAt, d.UpdatedAt = d.CreatedAt.In(zone), d.UpdatedAt.In(zone)
	d.AllowedActions = []Action{}
	switch {
	case owner:
		d.AllowedActions = ownersActions(d.State, comes)
	case d.Favorited != nil && *d.Favorited:
		d.AllowedActions = []Action{Unfavorite}
	case d.Favorited != nil:
		d.AllowedActions = []Action{Favorite}
	}
	if !owner {
		d.Venue = d.Venue.Public()
	}
	d.State = derive(d.State, comes, seats)
}

// gallery reads the photos of a recruitment in their order.
func (r *Recruitments) gallery(ctx context.Context, on db.Queryer, id int64) ([]photos.Photo, error) {
	rows, err := db.Select[struct{ Photo photos.Photo }](ctx, on, sq.Select("photo").From("recruitment_gallery").Where(sq.Eq{"recruitment_id": id}).OrderBy("position", "id"))
	gallery := make([]photos.Photo, len(rows))
	for i := range rows {
		gallery[i] = rows[i].Photo
		r.pictures.Fill(&gallery[i], photos.OfRecruitment)
	}
	return gallery, err
}
