package recruitments

import (
	"context"
	"slices"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

type orderPhotosInput struct {
	ID   int64 `path:"id" minimum:"1"`
	Body PhotoOrder
}

// PhotoOrder is the order of all photos of a recruitment; the first is its cover.
type PhotoOrder struct {
	PhotoIDs api.Unique[int64] `json:"photoIds" minItems:"1" maxItems:"10" minimum:"1" doc:"Every photo of the recruitment, once."`
}

// OrderPhotos sets the order of the photos of the caller's own recruitment.
func (r *Recruitments) OrderPhotos(ctx context.Context, in *orderPhotosInput) (*api.Page[photos.Photo], error) {
	if _, err := r.Own(ctx, r.db, in.ID); err != nil {
		return nil, err
	}
	err := r.db.InTx(ctx, func(tx *db.Tx) error {
		// This write comes first, so that another change of the photos waits.
		if _, err := db.Exec(ctx, tx, touch(ctx, in.ID).Set("cover_photo_id", in.Body.PhotoIDs.Values[0]).Where("EXISTS (SELECT 1 FROM recruitment_photos rp WHERE rp.recruitment_id = ? AND rp.photo_id = ?)", in.ID, in.Body.PhotoIDs.Values[0])); err != nil {
			return err
		}
		gallery, err := r.gallery(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if !sameIDs(gallery, in.Body.PhotoIDs.Values) {
			return api.InvalidInput(api.NewFault("body.photoIds", "incomplete", "must have the id of every photo of this recruitment, once"))
		}
		for i, photo := range in.Body.PhotoIDs.Values {
			if _, err := db.Exec(ctx, tx, sq.Update("recruitment_photos").Set("position", i+1).Where(sq.Eq{"recruitment_id": in.ID, "photo_id": photo})); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	gallery, err := r.gallery(ctx, r.db, in.ID)
	return api.All(gallery), err
}

func sameIDs(gallery []photos.Photo, ids []int64) bool {
	return len(gallery) == len(ids) && !slices.ContainsFunc(gallery, func(p photos.Photo) bool { return !slices.Contains(ids, *p.ID) })
}
