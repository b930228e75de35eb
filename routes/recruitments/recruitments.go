// Package recruitments finds, reads, writes and favorites what stylists publish.
// Closing and deleting a recruitment are in package bookings, because they
// mostly change bookings.
package recruitments

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// Recruitments serves recruitments.
type Recruitments struct {
	db       *db.DB
	pictures *photos.Library
}

// New returns a Recruitments.
func New(d *db.DB, pictures *photos.Library) *Recruitments {
	return &Recruitments{db: d, pictures: pictures}
}

// State is the state of a recruitment. Draft, open and closed are stored; an
// open one shows as full without a free seat, and as expired without a slot to
// come.
type State string

// The states of a recruitment.
const (
	Draft   State = "draft"
	Open    State = "open"
	Closed  State = "closed"
	Full    State = "full"
	Expired State = "expired"
)

// Schema implements huma.SchemaProvider.
func (State) Schema(huma.Registry) *huma.Schema {
	return api.Enum("RecruitmentState", "draft: only the owner sees it; open: takes applications; closed: takes none; full: open without a free seat; expired: open without a slot to come.", Draft, Open, Closed, Full, Expired)
}

// GenderWanted is the gender of model that a recruitment wants.
type GenderWanted string

// Schema implements huma.SchemaProvider.
func (GenderWanted) Schema(huma.Registry) *huma.Schema {
	return api.Enum[GenderWanted]("GenderWanted", "Gender of the models that a recruitment is for.", "any", "female", "male")
}

// IsOpen reports whether a state that is shown takes bookings or a waitlist.
func (s State) IsOpen() bool { return s == Open || s == Full }

// derive returns the state to show, from the stored one and the slots to come.
func derive(stored State, comes bool, seatsLeft int) State {
	switch {
	case stored != Open:
		return stored
	case !comes:
		return Expired
	case seatsLeft == 0:
		return Full
	}
	return Open
}

// Own returns the stored state of the caller's own recruitment. Others get
// Forbidden, or NotFound if they may not see it.
func (r *Recruitments) Own(ctx context.Context, on db.Queryer, id int64) (State, error) {
	found, err := db.Get[struct {
		StylistID   int64
		StoredState State
	}](ctx, on, sq.Select("stylist_id", "stored_state").From("recruitment_details").Where(sq.Eq{"id": id}))
	if err != nil {
		return "", err
	}
	if found.StylistID != api.CallerOf(ctx).AccountID {
		if found.StoredState == Draft {
			return "", api.NotFound()
		}
		return "", api.Forbidden("Only the stylist who wrote the recruitment may do this.")
	}
	return found.StoredState, nil
}

// WrongState returns the problem for an action that the recruitment's state does
// not allow. It gives the state that clients see.
func WrongState(ctx context.Context, on db.Queryer, id int64, detail string) error {
	now := api.Now(ctx)
	shown, err := db.Get[struct {
		StoredState State
		NextSlotAt  *time.Time
		SeatsLeft   int
	}](ctx, on, sq.Select("stored_state").Column(sq.Expr(nextSlotAt+" AS next_slot_at", now)).Column(sq.Expr(seatsLeft+" AS seats_left", now)).
		From("recruitment_cards").Where(sq.Eq{"id": id}))
	if err != nil {
		return err
	}
	return api.WrongState(string(derive(shown.StoredState, shown.NextSlotAt != nil, shown.SeatsLeft)), detail)
}

// DiscardPhotos removes all photos from a recruitment.
func (r *Recruitments) DiscardPhotos(ctx context.Context, tx *db.Tx, id int64) error {
	gallery, err := r.gallery(ctx, tx, id)
	if err != nil || len(gallery) == 0 {
		return err
	}
	ids := make([]int64, len(gallery))
	for i, photo := range gallery {
		ids[i] = *photo.ID
	}
	if _, err := db.Exec(ctx, tx, sq.Delete("recruitment_photos").Where(sq.Eq{"recruitment_id": id})); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, sq.Update("recruitments").Set("photo_count", 0).Set("cover_photo_id", nil).Where(sq.Eq{"id": id})); err != nil {
		return err
	}
	return photos.Discard(ctx, tx, ids)
}

// touch starts every update of the caller's own recruitment.
func touch(ctx context.Context, id int64) sq.UpdateBuilder {
	return sq.Update("recruitments").Set("updated_at", api.Now(ctx)).Where(sq.Eq{"id": id, "stylist_id": api.CallerOf(ctx).AccountID}).Where(sq.NotEq{"state": "deleted"})
}
