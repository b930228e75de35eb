package recruitments

import (
	"context"

	"freety/db/query"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

type favoritesInput struct {
	api.PageInput
}

// FavoriteCard is one of the caller's favorites. It stays in the list when it is
// closed, full or expired, and its state says so.
type FavoriteCard struct {
	Card
	State       State    `json:"state" db:"stored_state"`
	FavoritedAt api.Time `json:"favoritedAt" db:"favorited_at,computed" doc:"When the caller began to keep it, in the venue's zone."`
}

// ListFavorites lists the caller's favorites, the last added first.
func (r *Recruitments) ListFavorites(ctx context.Context, in *favoritesInput) (*api.Page[FavoriteCard], error) {
	cards := selectCards[FavoriteCard](ctx).Column("kept.created_at AS favorited_at").
		Join("favorites kept ON kept.recruitment_id = recruitment_cards.id AND kept.model_id = ?", api.CallerOf(ctx).AccountID)
	page, err := api.List(ctx, r.db, cards, query.Sort[FavoriteCard]{
		Name: "newest", Key: sq.Expr("kept.created_at"), Desc: true, ID: "kept.recruitment_id",
		Of: func(c *FavoriteCard) query.Mark { return query.Mark{Time: &c.FavoritedAt.Time, ID: c.ID} },
	}, in.PageInput)
	if err != nil {
		return nil, err
	}
	for i := range page.Body.Items {
		card := &page.Body.Items[i]
		card.State = derive(card.State, card.NextSlotAt != nil, card.SeatsLeft)
		card.present(r.pictures.Links)
		card.FavoritedAt = card.FavoritedAt.In(api.Zone(card.Venue.Zone))
	}
	return page, nil
}
