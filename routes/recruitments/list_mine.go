package recruitments

import (
	"context"

	"freety/db/query"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

type mineInput struct {
	api.PageInput
}

// OwnCard is a recruitment as its owner's list shows it.
type OwnCard struct {
	Card
	State          State    `json:"state" db:"stored_state"`
	CreatedAt      api.Time `json:"createdAt" doc:"When it was written, in the venue's zone."`
	AllowedActions []Action `json:"allowedActions" db:"-" doc:"What the caller may do now, by the names of the routes."`
}

// ListMine lists the caller's own recruitments in any state, the newest first.
func (r *Recruitments) ListMine(ctx context.Context, in *mineInput) (*api.Page[OwnCard], error) {
	page, err := api.List(ctx, r.db, selectCards[OwnCard](ctx).Where(sq.Eq{"stylist_id": api.CallerOf(ctx).AccountID}), query.Sort[OwnCard]{
		Name: "newest", Key: sq.Expr("created_at"), Desc: true, ID: "id",
		Of: func(c *OwnCard) query.Mark { return query.Mark{Time: &c.CreatedAt.Time, ID: c.ID} },
	}, in.PageInput)
	if err != nil {
		return nil, err
	}
	for i := range page.Body.Items {
		card := &page.Body.Items[i]
		comes := card.NextSlotAt != nil
		card.AllowedActions = ownersActions(card.State, comes)
		card.State = derive(card.State, comes, card.SeatsLeft)
		card.present(r.pictures.Links)
		card.CreatedAt = card.CreatedAt.In(api.Zone(card.Venue.Zone))
	}
	return page, nil
}
