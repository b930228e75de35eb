package recruitments

import (
	"context"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Favorite adds a recruitment to the caller's favorites. Adding it again changes
// nothing.
func (r *Recruitments) Favorite(ctx context.Context, in *api.Action) (*api.None, error) {
	err := r.db.InTx(ctx, func(tx *db.Tx) error {
		if _, err := db.Get[struct{ ID int64 }](ctx, tx, sq.Select("id").From("recruitment_details").Where(sq.Eq{"id": in.ID}).Where(sq.NotEq{"stored_state": Draft})); err != nil {
			return err
		}
		// Count first: the insert takes a shared lock on the row, and two requests at once would deadlock.
		if err := count(ctx, tx, in.ID, "favorite_count + 1"); err != nil {
			return err
		}
		_, err := db.Exec(ctx, tx, sq.Insert("favorites").SetMap(map[string]any{"model_id": api.CallerOf(ctx).AccountID, "recruitment_id": in.ID, "created_at": api.Now(ctx)}))
		return err
	})
	if db.IsDuplicate(err, "PRIMARY") {
		return nil, nil
	}
	return nil, err
}

func count(ctx context.Context, tx *db.Tx, id int64, favorites string) error {
	_, err := db.Exec(ctx, tx, sq.Update("recruitments").Set("favorite_count", sq.Expr(favorites)).Where(sq.Eq{"id": id}))
	return err
}
