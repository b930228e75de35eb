package people

import (
	"context"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"

	sq "github.com/Masterminds/squirrel"
)

type profileInput struct {
	api.IfMatch
	Body ProfileChange
}

// ProfileChange is a merge patch of a profile: the first group is for stylists,
// the second for models, and statusMessage for both.
type ProfileChange struct {
	Affiliation      api.Null[Affiliation]                     `json:"affiliation,omitempty" doc:"Stylists."`
	AffiliationName  api.Null[api.OptionalName]                `json:"affiliationName,omitempty" maxLength:"60" doc:"Stylists."`
	ExperienceMonths api.Change[int]                           `json:"experienceMonths,omitempty" minimum:"0" maximum:"960" doc:"Stylists."`
	Career           api.Null[api.Text]                        `json:"career,omitempty" maxLength:"2000" doc:"Stylists."`
	Services         api.Change[api.Unique[catalogue.Service]] `json:"services,omitempty" maxItems:"9" doc:"Stylists; each once."`
	Province         api.Null[api.Text]                        `json:"province,omitempty" maxLength:"20" doc:"Stylists; with district. A former name is answered with today's."`
	District         api.Null[api.Text]                        `json:"district,omitempty" maxLength:"20" doc:"Stylists; with province."`

	Gender         api.Null[Gender]                          `json:"gender,omitempty" doc:"Models."`
	HairLength     api.Null[HairLength]                      `json:"hairLength,omitempty" doc:"Models."`
	HairHistory    api.Change[[]api.Name]                    `json:"hairHistory,omitempty" maxItems:"20" minLength:"1" maxLength:"100" doc:"Models; newest first."`
	WantedServices api.Change[api.Unique[catalogue.Service]] `json:"wantedServices,omitempty" maxItems:"9" doc:"Models; each once."`
	Districts      api.Change[api.Unique[api.Text]]          `json:"districts,omitempty" maxItems:"25" doc:"Models; districts that /v1/regions lists, each once. A former name is answered with today's, of all its parts if it was divided."`
	Discoverable   api.Change[bool]                          `json:"discoverable,omitempty" doc:"Models aged 19 or older: whether stylists may find them."`

	StatusMessage api.Null[api.Text] `json:"statusMessage,omitempty" maxLength:"200" doc:"A line about now, for both roles; null or empty for none."`
}

const discoverableAge = 19

// UpdateProfile changes the caller's own profile.
func (p *People) UpdateProfile(ctx context.Context, in *profileInput) (*api.Versioned[Profile], error) {
	caller := api.CallerOf(ctx)
	table, change := "stylists", updateStylist
	switch caller.Role {
	case api.Stylist:
	case api.Model:
		table, change = "models", updateModel
	default:
		return p.Profile(ctx, &api.None{})
	}
	err := p.db.InTx(ctx, func(tx *db.Tx) error {
		if err := in.Check(func() (string, error) { return p.lockVersion(ctx, tx, table) }); err != nil {
			return err
		}
		return change(ctx, tx, caller.AccountID, &in.Body)
	})
	if err != nil {
		return nil, err
	}
	return p.Profile(ctx, &api.None{})
}

// lockVersion returns the version of the caller's profile, which nobody else
// changes before the transaction ends.
func (p *People) lockVersion(ctx context.Context, tx *db.Tx, table string) (string, error) {
	if _, err := db.Get[struct{ AccountID int64 }](ctx, tx, sq.Select("account_id").From(table).Where(sq.Eq{"account_id": api.CallerOf(ctx).AccountID}).Suffix("FOR UPDATE")); err != nil {
		return "", err
	}
	own, err := p.profile(ctx, tx)
	if err != nil {
		return "", err
	}
	return own.version(), nil
}

func updateStylist(ctx context.Context, tx *db.Tx, id int64, c *ProfileChange) error {
	if faults := notFor("models", map[string]bool{
		"gender": c.Gender.Set, "hairLength": c.HairLength.Set, "hairHistory": c.HairHistory.Set, "wantedServices": c.WantedServices.Set,
		"districts": c.Districts.Set, "discoverable": c.Discoverable.Set,
	}); faults != nil {
		return api.InvalidInput(faults...)
	}
	set := api.Columns{}
	set.Add("affiliation", c.Affiliation.Set, c.Affiliation.Value)
	api.AddText(set, "affiliation_name", c.AffiliationName)
	set.Add("experience_months", c.ExperienceMonths.Set, c.ExperienceMonths.Value)
	api.AddText(set, "career", c.Career)
	set.Add("services", c.Services.Set, db.List[catalogue.Service](c.Services.Value.Values))
	if err := setRegion(ctx, tx, id, set, c); err != nil {
		return err
	}
	api.AddText(set, "status_message", c.StatusMessage)
	err := update(ctx, tx, "stylists", id, set)
	if db.IsCheckViolation(err, "stylists_place") {
		return api.InvalidInput(api.NewFault("body.district", "incomplete", "must be set and cleared together with province"))
	}
	return err
}

// setRegion sets the region by today's names if the patch names one. It locks the
// row, as one of two patches may change the province and the other the district.
func setRegion(ctx context.Context, tx *db.Tx, id int64, set api.Columns, c *ProfileChange) error {
	if !c.Province.Set && !c.District.Set {
		return nil
	}
	is, err := db.Get[struct{ Province, District *api.Text }](ctx, tx, sq.Select("province", "district").From("stylists").Where(sq.Eq{"account_id": id}).Suffix("FOR UPDATE"))
	if err != nil {
		return err
	}
	province, district := c.Province.Or(is.Province), c.District.Or(is.District)
	set["province"], set["district"] = province, district
	if province == nil || district == nil {
		return nil
	}
	place, err := catalogue.Place{Province: string(*province), District: string(*district)}.Today(ctx, tx, "body")
	set["province"], set["district"] = place.Province, place.District
	return err
}

func updateModel(ctx context.Context, tx *db.Tx, id int64, c *ProfileChange) error {
	faults := notFor("stylists", map[string]bool{
		"affiliation": c.Affiliation.Set, "affiliationName": c.AffiliationName.Set, "experienceMonths": c.ExperienceMonths.Set, "career": c.Career.Set,
		"services": c.Services.Set, "province": c.Province.Set, "district": c.District.Set,
	})
	if faults != nil {
		return api.InvalidInput(faults...)
	}
	districts := c.Districts.Value.Values
	if c.Districts.Set {
		todays, err := catalogue.TodaysDistricts(ctx, tx, "body.districts", districts)
		if err != nil {
			return err
		}
		districts = todays
	}
	if c.Discoverable.Value {
		if err := checkAge(ctx, tx, id); err != nil {
			return err
		}
	}
	set := api.Columns{}
	set.Add("gender", c.Gender.Set, c.Gender.Value)
	set.Add("hair_length", c.HairLength.Set, c.HairLength.Value)
	set.Add("hair_history", c.HairHistory.Set, db.JSON[[]api.Name]{V: c.HairHistory.Value})
	set.Add("wanted_services", c.WantedServices.Set, db.List[catalogue.Service](c.WantedServices.Value.Values))
	set.Add("districts", c.Districts.Set, db.JSON[[]api.Text]{V: districts})
	set.Add("discoverable", c.Discoverable.Set, c.Discoverable.Value)
	api.AddText(set, "status_message", c.StatusMessage)
	return update(ctx, tx, "models", id, set)
}

func checkAge(ctx context.Context, tx *db.Tx, id int64) error {
	model, err := db.Get[struct{ BirthDate time.Time }](ctx, tx, sq.Select("birth_date").From("model_profiles").Where(sq.Eq{"id": id}))
	if err == nil && api.Age(model.BirthDate, time.Now()) < discoverableAge {
		return api.Invalid("too_young", "Only models aged 19 or older can be found by stylists.", api.NewFault("body.discoverable", "too_young", "cannot be set under the age of %v", discoverableAge))
	}
	return err
}

func notFor(whose string, set map[string]bool) (faults []*api.Fault) {
	for name, isSet := range set {
		if isSet {
			faults = append(faults, api.NewFault("body."+name, "not_for_role", "is for %s only", whose))
		}
	}
	return faults
}

func update(ctx context.Context, tx *db.Tx, table string, id int64, set api.Columns) error {
	if len(set) == 0 {
		return nil
	}
	_, err := db.Exec(ctx, tx, sq.Update(table).SetMap(set).Where(sq.Eq{"account_id": id}))
	return err
}
