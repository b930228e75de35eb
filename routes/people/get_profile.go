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

// Gender is the gender of a model.
type Gender string

// Schema implements huma.SchemaProvider.
func (Gender) Schema(huma.Registry) *huma.Schema {
	return api.Enum[Gender]("Gender", "Gender of a model.", "female", "male")
}

// HairLength is a length of hair.
type HairLength string

// Schema implements huma.SchemaProvider.
func (HairLength) Schema(huma.Registry) *huma.Schema {
	return api.Enum[HairLength]("HairLength", "Length of a model's hair.", "short", "bob", "medium", "long")
}

// ModelProfile is a model's profile as its owner sees it.
type ModelProfile struct {
	Role           api.Role                   `json:"role" db:"-" doc:"model"`
	ID             int64                      `json:"id" doc:"That of the account."`
	Name           string                     `json:"name" doc:"As the model gave it."`
	Gender         *Gender                    `json:"gender" nullable:"true" doc:"Null if it is not said."`
	HairLength     *HairLength                `json:"hairLength" nullable:"true" doc:"Null if it is not said."`
	HairHistory    api.JSON[[]string]         `json:"hairHistory" doc:"What was done to the hair, newest first."`
	WantedServices db.List[catalogue.Service] `json:"wantedServices" doc:"What the model would like to get."`
	Districts      api.JSON[[]string]         `json:"districts" doc:"Where the model would go for an appointment."`
	StatusMessage  string                     `json:"statusMessage" doc:"A line about now; empty if there is none."`
	Discoverable   bool                       `json:"discoverable" doc:"Whether stylists may find the model."`
	Rating         *float64                   `json:"rating" doc:"Mean of the reviews, 1 to 5; null if there are none."`
	ReviewCount    int                        `json:"reviewCount" doc:"How many reviews there are."`
}

// StylistProfile is a stylist's profile as its owner sees it.
type StylistProfile struct {
	Role api.Role `json:"role" doc:"stylist"`
	Stylist
}

// Profile is the caller's own profile: a StylistProfile or a ModelProfile.
type Profile struct {
	stylist *StylistProfile
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
	stylist, model := r.Schema(reflect.TypeFor[StylistProfile](), true, ""), r.Schema(reflect.TypeFor[ModelProfile](), true, "")
	return &huma.Schema{
		OneOf:         []*huma.Schema{stylist, model},
		Discriminator: &huma.Discriminator{PropertyName: "role", Mapping: map[string]string{string(api.Stylist): stylist.Ref, string(api.Model): model.Ref}},
	}
}

func (p Profile) version() string {
	if p.stylist != nil {
		return api.Version[ProfileChange](*p.stylist)
	}
	return api.Version[ProfileChange](*p.model)
}

// Profile returns the caller's own profile.
func (p *People) Profile(ctx context.Context, _ *api.None) (*api.Versioned[Profile], error) {
	own, err := p.profile(ctx, p.db)
	if err != nil {
		return nil, err
	}
	return &api.Versioned[Profile]{Version: own.version(), Body: own}, nil
}

func (p *People) profile(ctx context.Context, on db.Queryer) (Profile, error) {
	caller := api.CallerOf(ctx)
	switch caller.Role {
	case api.Stylist:
		stylist, err := p.stylist(ctx, on, caller.AccountID)
		return Profile{stylist: &StylistProfile{api.Stylist, stylist}}, err
	case api.Model:
		model, err := db.Get[ModelProfile](ctx, on, sq.Select(db.Columns[ModelProfile]()...).From("model_profiles").Where(sq.Eq{"id": caller.AccountID}))
		model.Role = api.Model
		return Profile{model: &model}, err
	}
	return Profile{}, api.Forbidden("Only stylists and models have a profile.")
}
