package recruitments

import (
	"context"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Unfavorite removes a recruitment from the caller's favorites, if it is there.
func (r *Recruitments) Unfavorite(ctx context.Context, in *api.ID) (*api.None, error) {
	return nil, r.db.InTx(ctx, func(tx *db.Tx) error {
		gone, err := db.Exec(ctx, tx, sq.Delete("favorites").Where(sq.Eq{"model_id": api.CallerOf(ctx).AccountID, "recruitment_id": in.ID}))
		if err != nil || gone == 0 {
			return err
		}
		return count(ctx, tx, in.ID, "favorite_count - 1")
	})
}
