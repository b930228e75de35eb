package recruitments

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/people"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

type createInput struct {
	Body NewRecruitment
}

// NewRecruitment is a recruitment as its stylist writes it.
type NewRecruitment struct {
	Title             api.Name                      `json:"title" minLength:"1" maxLength:"80" doc:"One line." example:"첫 매직 모델 구해요"`
	Body              api.Text                      `json:"body" maxLength:"4000" doc:"The text; may have line breaks."`
	Services          api.Unique[catalogue.Service] `json:"services" minItems:"1" maxItems:"9" doc:"Each once."`
	Fee               int                           `json:"fee" minimum:"0" maximum:"10000000" doc:"KRW; 0 is free."`
	GenderWanted      GenderWanted                  `json:"genderWanted,omitempty" doc:"any when left out."`
	HairLengthsWanted api.Unique[people.HairLength] `json:"hairLengthsWanted,omitempty" maxItems:"4" doc:"Each once; empty means any."`
	Venue             VenueInput                    `json:"venue" doc:"Where it takes place."`
	Slots             []SlotInput                   `json:"slots,omitempty" maxItems:"50" doc:"Needed to publish."`
	NoticeHours       *int                          `json:"noticeHours,omitempty" minimum:"0" maximum:"720" doc:"A cancellation within this many hours of the start is late; 24 when left out."`
	InstantBook       bool                          `json:"instantBook,omitempty" doc:"Whether a booking is confirmed at once."`
	Publish           bool                          `json:"publish,omitempty" doc:"Whether to publish it at once."`
}

// SlotInput is one appointment time as its stylist writes it.
type SlotInput struct {
	StartsAt time.Time `json:"startsAt" doc:"With any offset; to come, at most two years ahead."`
	EndsAt   time.Time `json:"endsAt" doc:"After startsAt, by at most 24 hours."`
	Capacity int       `json:"capacity,omitempty" minimum:"1" maximum:"50" doc:"How many models at once; 1 when left out."`
}

const (
	defaultNotice = 24
	longestSlot   = 24 * time.Hour
	furthestSlot  = 2 * 365 * 24 * time.Hour
)

// Resolve implements huma.ResolverWithPath.
func (s *SlotInput) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	s.Capacity = cmp.Or(s.Capacity, 1)
	// Truncated as the database stores them, so that the checks see what is stored.
	s.StartsAt, s.EndsAt = s.StartsAt.UTC().Truncate(time.Microsecond), s.EndsAt.UTC().Truncate(time.Microsecond)
	switch {
	case s.StartsAt.IsZero() || s.EndsAt.IsZero():
		return nil // has been reported as not a time
	case !s.EndsAt.After(s.StartsAt):
		return []error{api.NewFault(path.With("endsAt"), "out_of_order", "is not after startsAt")}
	case s.EndsAt.Sub(s.StartsAt) > longestSlot:
		return []error{api.NewFault(path.With("endsAt"), "too_late", "is more than %v hours after startsAt", longestSlot.Hours())}
	}
	return nil
}

func (s SlotInput) sameTime(other SlotInput) bool {
	return s.StartsAt.Equal(other.StartsAt) && s.EndsAt.Equal(other.EndsAt)
}

// Create writes a recruitment.
func (r *Recruitments) Create(ctx context.Context, in *createInput) (*api.Created[Detail], error) {
	now := api.Now(ctx)
	if in.Body.Publish && len(in.Body.Slots) == 0 {
		return nil, api.InvalidInput(api.NewFault("body.slots", "required", "is needed to publish"))
	}
	id, err := api.Write(ctx, r.db, func(tx *db.Tx) (int64, error) {
		// Checked in here, so that a repeated request gets its answer even if a slot has started since.
		if faults := slotFaults(in.Body.Slots, now); len(faults) > 0 {
			return 0, api.InvalidInput(faults...)
		}
		v := &in.Body.Venue
		place, err := catalogue.Place{Province: string(v.Province), District: string(v.District), Neighborhood: string(v.Neighborhood)}.Today(ctx, tx, "body.venue")
		if err != nil {
			return 0, err
		}
		v.Province, v.District = api.Text(place.Province), api.Text(place.District)
		id, err := insert(ctx, tx, &in.Body, now)
		if err != nil || !in.Body.Publish {
			return id, err
		}
		return id, limitOpen(ctx, tx, now)
	})
	if err != nil {
		return nil, err
	}
	detail, err := r.Detail(ctx, id)
	return &api.Created[Detail]{Location: fmt.Sprintf("/v1/recruitments/%d", id), Body: detail}, err
}

func slotFaults(slots []SlotInput, now time.Time) (faults []*api.Fault) {
	for i, s := range slots {
		if twin := slices.IndexFunc(slots[:i], s.sameTime); twin >= 0 {
			faults = append(faults, api.NewFault(fmt.Sprintf("body.slots[%d]", i), "repeated", "is the same time as that of another slot; raise its capacity instead"))
		}
		if location := fmt.Sprintf("body.slots[%d].startsAt", i); !s.StartsAt.After(now) {
			faults = append(faults, api.NewFault(location, "in_the_past", "has passed"))
		} else if s.StartsAt.Sub(now) > furthestSlot {
			faults = append(faults, api.NewFault(location, "too_late", "is more than two years ahead"))
		} else if !s.EndsAt.After(s.StartsAt) {
			// Resolve takes the first instant of the year 1 for a missing time.
			faults = append(faults, api.NewFault(fmt.Sprintf("body.slots[%d].endsAt", i), "out_of_order", "is not after startsAt"))
		}
	}
	return faults
}

func insert(ctx context.Context, tx *db.Tx, n *NewRecruitment, now time.Time) (int64, error) {
	row := map[string]any{
		"stylist_id": api.CallerOf(ctx).AccountID, "state": Draft, "title": n.Title, "body": n.Body,
		"services": db.List[catalogue.Service](n.Services.Values), "fee": n.Fee, "gender_wanted": cmp.Or(n.GenderWanted, "any"),
		"hair_lengths_wanted": db.List[people.HairLength](n.HairLengthsWanted.Values),
		"province":            n.Venue.Province, "district": n.Venue.District, "neighborhood": n.Venue.Neighborhood, "venue_detail": n.Venue.Detail,
		"lat": n.Venue.Lat, "lng": n.Venue.Lng, "public_lat": publicPoint(n.Venue.Lat), "public_lng": publicPoint(n.Venue.Lng), "zone": n.Venue.Zone,
		"notice_hours": defaultNotice, "instant_book": n.InstantBook, "last_slot_at": lastStart(n.Slots), "created_at": now, "updated_at": now,
	}
	if n.NoticeHours != nil {
		row["notice_hours"] = *n.NoticeHours
	}
	if n.Publish {
		row["state"], row["published_at"] = Open, now
	}
	id, err := db.Insert(ctx, tx, sq.Insert("recruitments").SetMap(row))
	if err != nil {
		return 0, err
	}
	if err := setServices(ctx, tx, id, n.Services.Values); err != nil || len(n.Slots) == 0 {
		return id, err
	}
	slots := sq.Insert("slots").Columns("recruitment_id", "starts_at", "ends_at", "weekday", "capacity")
	zone := api.Zone(n.Venue.Zone)
	for _, s := range n.Slots {
		slots = slots.Values(id, s.StartsAt, s.EndsAt, s.StartsAt.In(zone).Weekday(), s.Capacity)
	}
	_, err = db.Exec(ctx, tx, slots)
	return id, err
}

// setServices replaces the services of a recruitment in recruitment_services.
func setServices(ctx context.Context, tx *db.Tx, id int64, services []catalogue.Service) error {
	if _, err := db.Exec(ctx, tx, sq.Delete("recruitment_services").Where(sq.Eq{"recruitment_id": id})); err != nil {
		return err
	}
	rows := sq.Insert("recruitment_services").Columns("recruitment_id", "service")
	for _, service := range services {
		rows = rows.Values(id, service)
	}
	_, err := db.Exec(ctx, tx, rows)
	return err
}

func lastStart(slots []SlotInput) *time.Time {
	var last *time.Time
	for i := range slots {
		if last == nil || slots[i].StartsAt.After(*last) {
			last = &slots[i].StartsAt
		}
	}
	return last
}
