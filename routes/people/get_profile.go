package people

import (
	"context"
	"encoding/json"
	"reflect"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// Gender is a model's.
type Gender string

// Schema implements huma.SchemaProvider.
func (Gender) Schema(huma.Registry) *huma.Schema { return api.Enum("female", "male") }

// HairLength is how long hair is.
type HairLength string

// Schema implements huma.SchemaProvider.
func (HairLength) Schema(huma.Registry) *huma.Schema {
	return api.Enum("short", "bob", "medium", "long")
}

// ModelProfile is what a model says of herself, as she sees it.
type ModelProfile struct {
	ID             int64                      `json:"id"`
	Name           string                     `json:"name"`
	Gender         *Gender                    `json:"gender" nullable:"true"`
	HairLength     *HairLength                `json:"hairLength" nullable:"true"`
	HairHistory    api.JSON[[]string]         `json:"hairHistory" doc:"What was done to the hair, newest first."`
	WantedServices db.List[catalogue.Service] `json:"wantedServices"`
	Districts      api.JSON[[]string]         `json:"districts" doc:"Where she would come to."`
	StatusMessage  string                     `json:"statusMessage"`
	Discoverable   bool                       `json:"discoverable" doc:"Whether stylists may find her."`
	Rating         *float64                   `json:"rating" doc:"Mean of the reviews, 1 to 5; null without any."`
	ReviewCount    int                        `json:"reviewCount"`
}

// Profile is the caller's: a Stylist's or a ModelProfile.
type Profile struct {
	stylist *Stylist
	model   *ModelProfile
}

// MarshalJSON implements json.Marshaler.
func (p Profile) MarshalJSON() ([]byte, error) {
	if p.stylist != nil {
		return json.Marshal(p.stylist)
	}
	return json.Marshal(p.model)
}

// Schema implements huma.SchemaProvider.
func (Profile) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[Stylist](), true, ""), r.Schema(reflect.TypeFor[ModelProfile](), true, "")}}
}

// Profile answers the caller's own profile.
func (p *People) Profile(ctx context.Context, _ *api.None) (*api.Body[Profile], error) {
	caller := api.CallerOf(ctx)
	switch caller.Role {
	case api.Stylist:
		stylist, err := p.stylist(ctx, caller.AccountID)
		return &api.Body[Profile]{Body: Profile{stylist: &stylist}}, err
	case api.Model:
		model, err := db.Get[ModelProfile](ctx, p.db, sq.Select(db.Columns[ModelProfile]()...).From("model_profiles").Where(sq.Eq{"id": caller.AccountID}))
		return &api.Body[Profile]{Body: Profile{model: &model}}, err
	}
	return nil, api.Forbidden("Only stylists and models have a profile.")
}
