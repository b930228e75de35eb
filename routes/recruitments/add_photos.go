package recruitments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

// MaxPhotos is how many photos a recruitment may have.
const MaxPhotos = 10

type addPhotosInput struct {
	ID int64 `path:"id" minimum:"1"`
	api.RequestTaker
}

type photosCreated struct {
	Location string `header:"Location" doc:"The recruitment."`
	Body     api.Items[photos.Photo]
}

// AddPhotos adds photos to the caller's own recruitment, after those it has: all
// of the form, or none.
func (r *Recruitments) AddPhotos(ctx context.Context, in *addPhotosInput) (*photosCreated, error) {
	if _, err := r.Own(ctx, r.db, in.ID); err != nil {
		return nil, err
	}
	now, err := r.clock.Now(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := r.pictures.Receive(ctx, in.RequestTaker, MaxPhotos)
	if err != nil {
		return nil, err
	}
	var ids []int64
	err = r.db.InTx(ctx, func(tx *db.Tx) error {
		ids, err = r.pictures.Keep(ctx, tx, api.CallerOf(ctx).AccountID, stored)
		if err != nil {
			return err
		}
		return r.attach(ctx, tx, in.ID, ids, now)
	})
	if err != nil {
		r.pictures.Abandon(ctx, stored)
		return nil, err
	}
	added, err := r.gallery(ctx, r.db, in.ID)
	return &photosCreated{
		Location: fmt.Sprintf("/v1/recruitments/%d", in.ID),
		Body:     api.Items[photos.Photo]{Items: slices.DeleteFunc(added, func(p photos.Photo) bool { return !slices.Contains(ids, p.RowID) })},
	}, err
}

func (r *Recruitments) attach(ctx context.Context, tx *db.Tx, id int64, ids []int64, now time.Time) error {
	counted, err := db.Exec(ctx, tx, touch(ctx, id, now).
		Set("photo_count", sq.Expr("photo_count + ?", len(ids))).
		Set("cover_photo_id", sq.Expr("COALESCE(cover_photo_id, ?)", ids[0])).
		Where("photo_count + ? <= ?", len(ids), MaxPhotos))
	if err != nil {
		return err
	}
	if counted == 0 {
		if _, err := r.Own(ctx, tx, id); err != nil {
			return err
		}
		return api.Conflict("too_many_photos", fmt.Sprintf("A recruitment can have at most %d photos; delete some first.", MaxPhotos))
	}
	last, err := db.Get[struct{ Position int }](ctx, tx, sq.Select("COALESCE(MAX(position), 0) AS position").From("recruitment_gallery").Where(sq.Eq{"recruitment_id": id}))
	if err != nil {
		return err
	}
	rows := sq.Insert("recruitment_photos").Columns("recruitment_id", "photo_id", "position")
	for i, photo := range ids {
		rows = rows.Values(id, photo, last.Position+i+1)
	}
	_, err = db.Exec(ctx, tx, rows)
	return err
}
