package recruitments

import (
	"context"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/people"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

type updateInput struct {
	ID int64 `path:"id" minimum:"1"`
	api.IfMatch
	Body Change
}

// Change is a merge patch of a recruitment without its slots.
type Change struct {
	Title             api.Change[api.Name]                      `json:"title,omitempty" minLength:"1" maxLength:"80" doc:"One line."`
	Body              api.Change[api.Text]                      `json:"body,omitempty" maxLength:"4000" doc:"The text; may have line breaks."`
	Services          api.Change[api.Unique[catalogue.Service]] `json:"services,omitempty" minItems:"1" maxItems:"9" doc:"Each once."`
	Fee               api.Change[int]                           `json:"fee,omitempty" minimum:"0" maximum:"10000000" doc:"KRW; 0 is free."`
	GenderWanted      api.Change[GenderWanted]                  `json:"genderWanted,omitempty" doc:"Which models are wanted."`
	HairLengthsWanted api.Change[api.Unique[people.HairLength]] `json:"hairLengthsWanted,omitempty" maxItems:"4" doc:"Each once; empty means any."`
	Venue             api.Change[VenueChange]                   `json:"venue,omitempty" doc:"A merge patch of the venue."`
	NoticeHours       api.Change[int]                           `json:"noticeHours,omitempty" minimum:"0" maximum:"720" doc:"A cancellation within this many hours of the start is late."`
	InstantBook       api.Change[bool]                          `json:"instantBook,omitempty" doc:"Whether a booking is confirmed at once."`
}

// VenueChange is a merge patch of a venue.
type VenueChange struct {
	Province     api.Change[api.Text]       `json:"province,omitempty" minLength:"1" maxLength:"20" doc:"One of /v1/regions; a former name is taken and answered with today's."`
	District     api.Change[api.Text]       `json:"district,omitempty" minLength:"1" maxLength:"20" doc:"A district of the province, in the same way."`
	Neighborhood api.Null[api.OptionalName] `json:"neighborhood,omitempty" maxLength:"40" doc:"Null or empty for none."`
	Detail       api.Null[api.Text]         `json:"detail,omitempty" maxLength:"200" doc:"Street and floor; shown only to the model of a confirmed booking. Null or empty for none."`
	Lat          api.Null[float64]          `json:"lat,omitempty" minimum:"-90" maximum:"90" doc:"With lng; null clears both."`
	Lng          api.Null[float64]          `json:"lng,omitempty" minimum:"-180" maximum:"180" doc:"With lat; null clears both."`
	Zone         api.Change[string]         `json:"zone,omitempty" minLength:"1" maxLength:"64" doc:"IANA zone."`
}

// Resolve implements huma.ResolverWithPath.
func (v *VenueChange) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if v.Lat.Set != v.Lng.Set {
		return []error{api.NewFault(path.String(), "incomplete", "must change lat and lng together")}
	}
	return checkPoint(path, v.Lat.Value, v.Lng.Value, v.Zone.Value)
}

// Update changes the caller's own recruitment. Bookings keep what was agreed.
func (r *Recruitments) Update(ctx context.Context, in *updateInput) (*api.Versioned[Detail], error) {
	if _, err := r.Own(ctx, r.db, in.ID); err != nil {
		return nil, err
	}
	err := r.db.InTx(ctx, func(tx *db.Tx) error {
		if err := in.Check(func() (string, error) { return LockVersion(ctx, tx, in.ID) }); err != nil {
			return err
		}
		columns := in.Body.columns()
		if err := todaysRegion(ctx, tx, in.ID, columns, in.Body.Venue.Value); err != nil {
			return err
		}
		changed, err := db.Exec(ctx, tx, touch(ctx, in.ID).SetMap(columns))
		if err != nil {
			return err
		}
		if changed == 0 {
			return api.NotFound()
		}
		if v := in.Body.Venue.Value; v.Zone.Set {
			if err := setWeekdays(ctx, tx, in.ID, v.Zone.Value); err != nil {
				return err
			}
		}
		if !in.Body.Services.Set {
			return nil
		}
		return setServices(ctx, tx, in.ID, in.Body.Services.Value.Values)
	})
	if err != nil {
		return nil, err
	}
	return r.Get(ctx, &api.ID{ID: in.ID})
}

// LockVersion returns the version of a recruitment as its owner sees it, which
// nobody else changes before the transaction ends.
func LockVersion(ctx context.Context, tx *db.Tx, id int64) (string, error) {
	if _, err := db.Get[struct{ ID int64 }](ctx, tx, sq.Select("id").From("recruitments").Where(sq.Eq{"id": id}).Suffix("FOR UPDATE")); err != nil {
		return "", err
	}
	d, err := db.Get[Detail](ctx, tx, selectDetail(id))
	return d.version(), err
}

// columns returns the columns that the patch sets.
func (c *Change) columns() api.Columns {
	set := api.Columns{}
	set.Add("title", c.Title.Set, c.Title.Value)
	set.Add("body", c.Body.Set, c.Body.Value)
	set.Add("services", c.Services.Set, db.List[catalogue.Service](c.Services.Value.Values))
	set.Add("fee", c.Fee.Set, c.Fee.Value)
	set.Add("gender_wanted", c.GenderWanted.Set, c.GenderWanted.Value)
	set.Add("hair_lengths_wanted", c.HairLengthsWanted.Set, db.List[people.HairLength](c.HairLengthsWanted.Value.Values))
	set.Add("notice_hours", c.NoticeHours.Set, c.NoticeHours.Value)
	set.Add("instant_book", c.InstantBook.Set, c.InstantBook.Value)
	v := c.Venue.Value
	api.AddText(set, "neighborhood", v.Neighborhood)
	api.AddText(set, "venue_detail", v.Detail)
	set.Add("lat", v.Lat.Set, v.Lat.Value)
	set.Add("lng", v.Lng.Set, v.Lng.Value)
	set.Add("public_lat", v.Lat.Set, publicPoint(v.Lat.Value))
	set.Add("public_lng", v.Lng.Set, publicPoint(v.Lng.Value))
	set.Add("zone", v.Zone.Set, v.Zone.Value)
	return set
}

// todaysRegion sets the region by today's names if the patch names one.
func todaysRegion(ctx context.Context, tx *db.Tx, id int64, columns api.Columns, v VenueChange) error {
	if !v.Province.Set && !v.District.Set {
		return nil
	}
	is, err := db.Get[struct {
		Province, District api.Text
		Neighborhood       api.OptionalName
	}](ctx, tx, sq.Select("venue_province AS province", "venue_district AS district", "venue_neighborhood AS neighborhood").From("recruitment_details").Where(sq.Eq{"id": id}))
	if err != nil {
		return err
	}
	place := catalogue.Place{Province: string(v.Province.Or(is.Province)), District: string(v.District.Or(is.District))}
	if neighborhood := v.Neighborhood.Or(&is.Neighborhood); neighborhood != nil {
		place.Neighborhood = string(*neighborhood)
	}
	place, err = place.Today(ctx, tx, "body.venue")
	columns["province"], columns["district"] = place.Province, place.District
	return err
}

// setWeekdays recomputes the weekdays of the slots in another zone.
func setWeekdays(ctx context.Context, tx *db.Tx, id int64, zone string) error {
	slots, err := db.Select[Slot](ctx, tx, sq.Select(db.Columns[Slot]()...).From("recruitment_slots").Where(sq.Eq{"recruitment_id": id}))
	if err != nil {
		return err
	}
	for _, s := range slots {
		weekday := s.StartsAt.In(api.Zone(zone)).Weekday()
		if _, err := db.Exec(ctx, tx, sq.Update("slots").Set("weekday", weekday).Where(sq.Eq{"id": s.ID})); err != nil {
			return err
		}
	}
	return nil
}
