package recruitments

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"freety/db"
	"freety/db/query"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/people"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// Filters narrow a search for recruitments: one field, one query parameter.
type Filters struct {
	Q             string               `query:"q" maxLength:"100" doc:"At most 8 words; each must be in the title, the body, or the stylist's or salon's name. A single letter, digit or sign must be the only word; a syllable such as 컷 need not."`
	Service       []catalogue.Service  `query:"service" maxItems:"9" doc:"Any of these services."`
	Province      []string             `query:"province" maxItems:"17" doc:"Any of these provinces; a former name finds what had it."`
	District      []string             `query:"district" maxItems:"25" doc:"Any of these districts, by today's or a former name; several provinces may have one of the same name, so send province too."`
	Neighborhood  []string             `query:"neighborhood" maxItems:"50" doc:"Any of these neighborhoods."`
	FeeMin        api.Opt[int]         `query:"feeMin" minimum:"0" maximum:"10000000" doc:"Lowest fee in KRW."`
	FeeMax        api.Opt[int]         `query:"feeMax" minimum:"0" maximum:"10000000" doc:"Highest fee in KRW; 0 finds the free ones."`
	ExperienceMin api.Opt[int]         `query:"experienceMin" minimum:"0" maximum:"960" doc:"Fewest months that the stylist has worked."`
	ExperienceMax api.Opt[int]         `query:"experienceMax" minimum:"0" maximum:"960" doc:"Most months that the stylist has worked."`
	Affiliation   []people.Affiliation `query:"affiliation" maxItems:"4" doc:"Any of these."`
	Gender        people.Gender        `query:"gender" doc:"The model's gender: finds recruitments for it or for any."`
	HairLength    people.HairLength    `query:"hairLength" doc:"The model's hair length: finds recruitments for it or for any."`
	SlotFrom      api.Opt[time.Time]   `query:"slotFrom" doc:"Has a free seat that starts at this time or later."`
	SlotTo        api.Opt[time.Time]   `query:"slotTo" doc:"Has a free seat that starts before this time."`
	Weekday       []Weekday            `query:"weekday" maxItems:"7" doc:"Has a free seat on any of these days, in the venue's zone."`
	Near          string               `query:"near" pattern:"^-?[0-9]{1,2}(\\.[0-9]{1,20})?,-?[0-9]{1,3}(\\.[0-9]{1,20})?$" patternDescription:"lat,lng" maxLength:"60" example:"37.4979,127.0276" doc:"A point; cards give the distance to it."`
	RadiusKm      api.Opt[float64]     `query:"radiusKm" minimum:"0.1" maximum:"100" doc:"Within this distance of near."`
	RatingMin     api.Opt[float64]     `query:"ratingMin" minimum:"1" maximum:"5" doc:"Lowest mean rating of the stylist."`
	HasPhoto      api.Opt[bool]        `query:"hasPhoto" doc:"true: with a photo; false: without."`
	InstantBook   api.Opt[bool]        `query:"instantBook" doc:"Whether a booking is confirmed at once."`
	StylistID     api.Opt[int64]       `query:"stylistId" minimum:"1" doc:"Only of this stylist."`

	lat, lng float64
	regions  []catalogue.Place // where to look instead, when former names are asked for
}

// where joins the filters that are set, in the order of the fields. It finds
// open recruitments with a slot after now.
func (f *Filters) where(now time.Time) sq.And {
	return query.All(
		sq.Eq{"stored_state": Open},
		sq.Gt{"last_slot_at": now},
		containsWords(f.Q),
		query.When(len(f.Service) > 0, sq.Expr("id IN (SELECT rs.recruitment_id FROM recruitment_services rs WHERE ?)", sq.Eq{"rs.service": f.Service})),
		query.When(len(f.Province) > 0 && f.regions == nil, sq.Eq{"venue_province": f.Province}),
		query.When(len(f.District) > 0 && f.regions == nil, sq.Eq{"venue_district": f.District}),
		query.When(f.regions != nil, inAny(f.regions)),
		query.When(len(f.Neighborhood) > 0, sq.Eq{"venue_neighborhood": f.Neighborhood}),
		query.When(f.FeeMin.Set, sq.GtOrEq{"fee": f.FeeMin.Value}),
		query.When(f.FeeMax.Set, sq.LtOrEq{"fee": f.FeeMax.Value}),
		query.When(f.ExperienceMin.Set, sq.GtOrEq{"stylist_experience_months": f.ExperienceMin.Value}),
		query.When(f.ExperienceMax.Set, sq.LtOrEq{"stylist_experience_months": f.ExperienceMax.Value}),
		query.When(len(f.Affiliation) > 0, sq.Eq{"affiliation": f.Affiliation}),
		query.When(f.Gender != "", sq.Eq{"gender_wanted": []people.Gender{"any", f.Gender}}),
		query.When(f.HairLength != "", sq.Expr("(hair_lengths_wanted = '' OR FIND_IN_SET(?, hair_lengths_wanted))", f.HairLength)),
		f.freeSeat(now),
		query.When(f.RadiusKm.Set && f.Near != "", within(f.lat, f.lng, f.RadiusKm.Value)),
		query.When(f.RatingMin.Set, sq.GtOrEq{"stylist_rating": f.RatingMin.Value}),
		query.When(f.HasPhoto.Set, sq.Expr("(photo_count > 0) = ?", f.HasPhoto.Value)),
		query.When(f.InstantBook.Set, sq.Eq{"instant_book": f.InstantBook.Value}),
		query.When(f.StylistID.Set, sq.Eq{"stylist_id": f.StylistID.Value}),
	)
}

func containsWords(q string) sq.Sqlizer {
	var all sq.And
	for word := range strings.FieldsSeq(q) {
		pattern := query.Contains(word)
		all = append(all, sq.Or{sq.Like{"title": pattern}, sq.Like{"body": pattern}, sq.Like{"stylist_name": pattern}, sq.Like{"affiliation_name": pattern}})
	}
	return query.When(len(all) > 0, all)
}

func inAny(regions []catalogue.Place) (in sq.Or) {
	for _, r := range regions {
		in = append(in, sq.Eq{"venue_province": r.Province, "venue_district": r.District})
	}
	return in
}

// freeSeat asks for a free slot that meets slotFrom, slotTo and weekday together.
func (f *Filters) freeSeat(now time.Time) sq.Sqlizer {
	slots := query.All(
		query.When(f.SlotFrom.Set, sq.GtOrEq{"s.starts_at": f.SlotFrom.Value.UTC()}),
		query.When(f.SlotTo.Set, sq.Lt{"s.starts_at": f.SlotTo.Value.UTC()}),
		query.When(len(f.Weekday) > 0, sq.Eq{"s.weekday": weekdays(f.Weekday)}),
	)
	// Asked for each candidate: an IN would first collect the free slots of all recruitments.
	return query.When(len(slots) > 0, sq.Expr("(SELECT s.id FROM slots s WHERE s.recruitment_id = recruitment_cards.id AND s.taken < s.capacity AND s.starts_at > ? AND ? LIMIT 1) IS NOT NULL", now, slots))
}

func within(lat, lng, km float64) sq.Sqlizer {
	bounds, args := box(lat, lng, km)
	far, point := distance(lat, lng)
	return sq.Expr(bounds+" AND "+far+" <= ?", append(append(args, point...), km)...)
}

// Weekday is a day of the week: sun to sat.
type Weekday string

var weekdayNames = []Weekday{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Schema implements huma.SchemaProvider.
func (Weekday) Schema(huma.Registry) *huma.Schema {
	return api.Enum("Weekday", "Day of the week.", weekdayNames...)
}

func weekdays(names []Weekday) (days []int) {
	for _, name := range names {
		for day, known := range weekdayNames {
			if name == known {
				days = append(days, day)
			}
		}
	}
	return days
}

// Order is an order of found recruitments.
type Order string

// Schema implements huma.SchemaProvider.
func (Order) Schema(huma.Registry) *huma.Schema {
	return api.Enum[Order]("RecruitmentSort", "Order of found recruitments.", "newest", "fee", "-fee", "soonest", "popular", "distance")
}

type listInput struct {
	Filters
	Sort Order `query:"sort" default:"newest" doc:"newest: last published first; fee and -fee: lowest and highest first; soonest: by the next slot; popular: by favoriteCount; distance: needs near."`
	api.PageInput
}

// Resolve implements huma.Resolver. It checks parameters against each other.
func (in *listInput) Resolve(huma.Context) (errs []error) {
	fault := func(parameter, code, message string, args ...any) {
		errs = append(errs, api.NewFault("query."+parameter, code, message, args...))
	}
	if words := strings.Fields(in.Q); len(words) > mostWords {
		fault("q", "too_many", "must have at most %v words", mostWords)
	} else if len(words) > 1 && slices.ContainsFunc(words, isLetter) {
		fault("q", "too_short", "has a single letter, digit or sign beside other words")
	}
	lat, lng, _ := strings.Cut(in.Near, ",")
	in.lat, _ = strconv.ParseFloat(lat, 64) // the parameter's pattern has been checked
	in.lng, _ = strconv.ParseFloat(lng, 64)
	if math.Abs(in.lat) > 90 || math.Abs(in.lng) > 180 {
		fault("near", "wrong_format", "must be a latitude of -90 to 90 and a longitude of -180 to 180")
	}
	if in.Near == "" && in.Sort == "distance" {
		fault("near", "required", "is needed to sort by distance")
	}
	if in.Near == "" && in.RadiusKm.Set {
		fault("near", "required", "is needed with radiusKm")
	}
	if in.FeeMin.Set && in.FeeMax.Set && in.FeeMin.Value > in.FeeMax.Value {
		fault("feeMax", "out_of_order", "is below feeMin")
	}
	if in.ExperienceMin.Set && in.ExperienceMax.Set && in.ExperienceMin.Value > in.ExperienceMax.Value {
		fault("experienceMax", "out_of_order", "is below experienceMin")
	}
	if in.SlotFrom.Set && in.SlotTo.Set && !in.SlotFrom.Value.Before(in.SlotTo.Value) {
		fault("slotTo", "out_of_order", "is not after slotFrom")
	}
	return errs
}

const mostWords = 8

// isLetter reports whether a word is one character that means nothing by itself.
func isLetter(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return size == len(word) && (r < '가' || r > '힣') && !unicode.Is(unicode.Han, r)
}

// sort returns the order that the request asks for.
func (in *listInput) sort(now time.Time) query.Sort[Card] {
	number := func(of func(*Card) float64) func(*Card) query.Mark {
		return func(c *Card) query.Mark { return query.Mark{Number: of(c), ID: c.ID} }
	}
	instant := func(of func(*Card) *api.Time) func(*Card) query.Mark {
		return func(c *Card) query.Mark { return query.Mark{Time: &of(c).Time, ID: c.ID} }
	}
	fee := number(func(c *Card) float64 { return float64(c.Fee) })
	switch in.Sort {
	case "fee":
		return query.Sort[Card]{Name: string(in.Sort), Key: sq.Expr("fee"), ID: "id", Of: fee}
	case "-fee":
		return query.Sort[Card]{Name: string(in.Sort), Key: sq.Expr("fee"), Desc: true, ID: "id", Of: fee}
	case "soonest":
		return query.Sort[Card]{Name: string(in.Sort), Key: sq.Expr(nextSlotAt, now), ID: "id", Of: instant(func(c *Card) *api.Time { return c.NextSlotAt })}
	case "popular":
		return query.Sort[Card]{Name: string(in.Sort), Key: sq.Expr("favorite_count"), Desc: true, ID: "id", Of: number(func(c *Card) float64 { return float64(c.FavoriteCount) })}
	case "distance":
		far, point := distance(in.lat, in.lng)
		return query.Sort[Card]{Name: string(in.Sort), Key: sq.Expr(far, point...), ID: "id", Of: number(func(c *Card) float64 { return *c.Venue.DistanceKm })}
	}
	return query.Sort[Card]{Name: string(in.Sort), Key: sq.Expr("published_at"), Desc: true, ID: "id", Of: instant(func(c *Card) *api.Time { return c.PublishedAt })}
}

// searchTime is what a search may take with its wait for others; the database
// gives its statement about half of that.
const searchTime = 4 * time.Second

// List finds open recruitments with a slot to come.
func (r *Recruitments) List(ctx context.Context, in *listInput) (*api.Page[Card], error) {
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	now := api.Now(ctx)
	var err error
	if in.regions, err = catalogue.FormerRegions(ctx, r.db, in.Province, in.District); err != nil {
		return nil, err
	}
	cards := selectCards[Card](ctx).Where(in.where(now))
	if in.Near != "" {
		far, point := distance(in.lat, in.lng)
		cards = cards.Column(sq.Expr(far+" AS venue_distance_km", point...))
	}
	if in.Sort == "distance" {
		cards = cards.Where("public_lat IS NOT NULL")
	}
	page, err := api.List(ctx, r.db.Searches, cards, in.sort(now), in.PageInput)
	if db.IsStatementTimeout(err) {
		return nil, api.Unavailable("search_too_slow", "The search takes too long; narrow it, say by a province or fewer words, or try again later.", nil)
	}
	if err != nil {
		return nil, err
	}
	for i := range page.Body.Items {
		page.Body.Items[i].present(r.pictures.Links)
	}
	return page, nil
}
