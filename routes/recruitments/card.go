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

// Card is a recruitment as lists show it.
type Card struct {
	ID            int64                      `json:"id" doc:"For /v1/recruitments/{id}."`
	Title         string                     `json:"title" doc:"One line, as the stylist wrote it."`
	Services      db.List[catalogue.Service] `json:"services" doc:"What is offered."`
	Fee           int                        `json:"fee" doc:"KRW; 0 is free."`
	Venue         CardVenue                  `json:"venue" doc:"Where it takes place, without the address."`
	Cover         photos.Photo               `json:"cover" doc:"The first photo, or a default picture."`
	Stylist       people.StylistCard         `json:"stylist" doc:"Who wrote it."`
	NextSlotAt    *api.Time                  `json:"nextSlotAt" nullable:"true" db:"next_slot_at,computed" doc:"Start of the next slot, in the venue's zone; null when all have passed."`
	SeatsLeft     int                        `json:"seatsLeft" db:"seats_left,computed" doc:"Of all slots to come."`
	FavoriteCount int                        `json:"favoriteCount" doc:"How many models keep it."`
	Favorited     *bool                      `json:"favorited,omitempty" db:"favorited,computed" doc:"Only for a signed-in model."`
	PublishedAt   *api.Time                  `json:"publishedAt" nullable:"true" doc:"When it was first published, in the venue's zone; null for a draft."`
}

// CardVenue is the part of a venue that everybody may see.
type CardVenue struct {
	Province     string   `json:"province" doc:"By today's name."`
	District     string   `json:"district" doc:"Of the province, by today's name."`
	Neighborhood string   `json:"neighborhood" doc:"Empty if it is not said."`
	DistanceKm   *float64 `json:"distanceKm,omitempty" db:"distance_km,computed" doc:"Only with near: the distance from there to the venue's rounded point."`
	Zone         string   `json:"-"`
}

// What a card says about its slots depends on the time, so it is read from the
// slots and not from a column of the recruitment. Each takes the time.
const (
	nextSlotAt = "(SELECT MIN(s.starts_at) FROM slots s WHERE s.recruitment_id = recruitment_cards.id AND s.starts_at > ?)"
	seatsLeft  = "COALESCE((SELECT SUM(s.capacity - s.taken) FROM slots s WHERE s.recruitment_id = recruitment_cards.id AND s.starts_at > ?), 0)"
	favorited  = "EXISTS (SELECT 1 FROM favorites f WHERE f.model_id = ? AND f.recruitment_id = recruitment_cards.id)"
)

// selectCards selects the columns of T, which is or embeds a Card, for the caller.
func selectCards[T any](ctx context.Context) sq.SelectBuilder {
	caller, now := api.CallerOf(ctx), api.Now(ctx)
	cards := sq.Select(db.Columns[T]()...).
		Column(sq.Expr(nextSlotAt+" AS next_slot_at", now)).
		Column(sq.Expr(seatsLeft+" AS seats_left", now)).
		From("recruitment_cards")
	if caller.Is(api.Model) {
		cards = cards.Column(sq.Expr(favorited+" AS favorited", caller.AccountID))
	}
	return cards
}

// present completes a card that was read.
func (c *Card) present(links photos.Links) {
	links.Fill(&c.Cover, photos.OfRecruitment)
	links.Fill(&c.Stylist.Avatar, photos.OfPerson)
	zone := api.Zone(c.Venue.Zone)
	c.NextSlotAt = inZone(c.NextSlotAt, zone)
	c.PublishedAt = inZone(c.PublishedAt, zone)
}

func inZone(t *api.Time, zone *time.Location) *api.Time {
	if t == nil {
		return nil
	}
	local := t.In(zone)
	return &local
}
