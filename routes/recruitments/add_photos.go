package recruitments

import (
	"context"
	"fmt"
	"slices"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

// MaxPhotos is how many photos a recruitment may have.
const MaxPhotos = 10

type addPhotosInput struct {
	ID int64 `path:"id" minimum:"1"`
	api.Form
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
	ids, err := r.pictures.Take(ctx, &in.Form, photos.Public, func(tx *db.Tx, ids []int64) error {
		return r.attach(ctx, tx, in.ID, ids)
	})
	if err != nil {
		return nil, err
	}
	added, err := r.gallery(ctx, r.db, in.ID)
	return &photosCreated{
		Location: fmt.Sprintf("/v1/recruitments/%d", in.ID),
		Body:     api.Items[photos.Photo]{Items: slices.DeleteFunc(added, func(p photos.Photo) bool { return !slices.Contains(ids, *p.ID) })},
	}, err
}

func (r *Recruitments) attach(ctx context.Context, tx *db.Tx, id int64, ids []int64) error {
	counted, err := db.Exec(ctx, tx, touch(ctx, id).
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
		return api.Conflict("too_many_photos", "A recruitment can have at most %d photos; delete some first.").With(MaxPhotos)
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
