package recruitments

import (
	"context"

	"freety/db"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

type deletePhotoInput struct {
	ID      int64 `path:"id" minimum:"1"`
	PhotoID int64 `path:"photoId" minimum:"1"`
}

// DeletePhoto removes a photo from the caller's own recruitment. The first that
// is left becomes the cover.
func (r *Recruitments) DeletePhoto(ctx context.Context, in *deletePhotoInput) (*api.None, error) {
	if _, err := r.Own(ctx, r.db, in.ID); err != nil {
		return nil, err
	}
	return nil, r.db.InTx(ctx, func(tx *db.Tx) error {
		taken, err := db.Exec(ctx, tx, sq.Delete("recruitment_photos").Where(sq.Eq{"recruitment_id": in.ID, "photo_id": in.PhotoID}))
		if err != nil {
			return err
		}
		if taken == 0 {
			return api.NotFound()
		}
		if _, err := db.Exec(ctx, tx, touch(ctx, in.ID).Set("photo_count", sq.Expr("photo_count - 1")).Set("cover_photo_id", firstPhoto(in.ID))); err != nil {
			return err
		}
		return photos.Discard(ctx, tx, []int64{in.PhotoID})
	})
}

// firstPhoto is the SQL for the id of the recruitment's first photo.
func firstPhoto(id int64) sq.Sqlizer {
	return sq.Expr("(SELECT rp.photo_id FROM recruitment_photos rp WHERE rp.recruitment_id = ? ORDER BY rp.position, rp.photo_id LIMIT 1)", id)
}
