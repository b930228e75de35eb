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
	Body ProfileChange
}

// ProfileChange is a merge patch of a profile: the first group is a stylist's,
// the second a model's, and statusMessage either's.
type ProfileChange struct {
	Affiliation      api.Null[Affiliation]                     `json:"affiliation,omitempty" enum:"salon,academy,school,freelance" doc:"Stylists."`
	AffiliationName  api.Null[api.Text]                        `json:"affiliationName,omitempty" maxLength:"60" doc:"Stylists."`
	ExperienceMonths api.Change[int]                           `json:"experienceMonths,omitempty" minimum:"0" maximum:"960" doc:"Stylists."`
	Career           api.Null[api.Text]                        `json:"career,omitempty" maxLength:"2000" doc:"Stylists."`
	Services         api.Change[api.Unique[catalogue.Service]] `json:"services,omitempty" maxItems:"9" doc:"Stylists; each once."`
	Province         api.Null[api.Text]                        `json:"province,omitempty" maxLength:"20" doc:"Stylists; with district."`
	District         api.Null[api.Text]                        `json:"district,omitempty" maxLength:"20" doc:"Stylists; with province."`

	Gender         api.Null[Gender]                          `json:"gender,omitempty" enum:"female,male" doc:"Models."`
	HairLength     api.Null[HairLength]                      `json:"hairLength,omitempty" enum:"short,bob,medium,long" doc:"Models."`
	HairHistory    api.Change[[]api.Text]                    `json:"hairHistory,omitempty" maxItems:"20" doc:"Models; newest first, at most 100 characters each."`
	WantedServices api.Change[api.Unique[catalogue.Service]] `json:"wantedServices,omitempty" maxItems:"9" doc:"Models; each once."`
	Districts      api.Change[api.Unique[api.Text]]          `json:"districts,omitempty" maxItems:"25" doc:"Models; names of districts among the regions, each once."`
	Discoverable   api.Change[bool]                          `json:"discoverable,omitempty" doc:"Models of 19 or older: whether stylists may find them."`

	StatusMessage api.Null[api.Text] `json:"statusMessage,omitempty" maxLength:"200"`
}

const (
	discoverableAge = 19
	longestHistory  = 100
)

// UpdateProfile changes the caller's own profile.
func (p *People) UpdateProfile(ctx context.Context, in *profileInput) (*api.Body[Profile], error) {
	caller := api.CallerOf(ctx)
	var err error
	switch caller.Role {
	case api.Stylist:
		err = p.updateStylist(ctx, caller.AccountID, &in.Body)
	case api.Model:
		err = p.updateModel(ctx, caller.AccountID, &in.Body)
	}
	if err != nil {
		return nil, err
	}
	return p.Profile(ctx, &api.None{})
}

func (p *People) updateStylist(ctx context.Context, id int64, c *ProfileChange) error {
	if faults := notFor("models", map[string]bool{
		"gender": c.Gender.Set, "hairLength": c.HairLength.Set, "hairHistory": c.HairHistory.Set, "wantedServices": c.WantedServices.Set,
		"districts": c.Districts.Set, "discoverable": c.Discoverable.Set,
	}); faults != nil {
		return api.InvalidInput(faults...)
	}
	set := columns{}
	set.add("affiliation", c.Affiliation.Set, c.Affiliation.Value)
	set.addText("affiliation_name", c.AffiliationName)
	set.add("experience_months", c.ExperienceMonths.Set, c.ExperienceMonths.Value)
	set.addText("career", c.Career)
	set.add("services", c.Services.Set, db.List[catalogue.Service](c.Services.Value.Values))
	set.add("province", c.Province.Set, c.Province.Value)
	set.add("district", c.District.Set, c.District.Value)
	set.addText("status_message", c.StatusMessage)
	err := set.update(ctx, p.db, "stylists", id)
	switch {
	case db.IsMissingParent(err, "stylists_region"):
		return api.InvalidInput(api.Fault{Location: "body.district", Message: "is not a district of the province; /v1/regions lists them"})
	case db.IsCheckViolation(err, "stylists_place"):
		return api.InvalidInput(api.Fault{Location: "body.district", Message: "province and district are set and cleared together"})
	}
	return err
}

func (p *People) updateModel(ctx context.Context, id int64, c *ProfileChange) error {
	faults := notFor("stylists", map[string]bool{
		"affiliation": c.Affiliation.Set, "affiliationName": c.AffiliationName.Set, "experienceMonths": c.ExperienceMonths.Set, "career": c.Career.Set,
		"services": c.Services.Set, "province": c.Province.Set, "district": c.District.Set,
	})
	for _, entry := range c.HairHistory.Value {
		if n := len([]rune(entry)); n == 0 || n > longestHistory {
			faults = append(faults, api.Fault{Location: "body.hairHistory", Message: "expected entries of 1 to 100 characters"})
			break
		}
	}
	if faults != nil {
		return api.InvalidInput(faults...)
	}
	if c.Districts.Set {
		if err := p.checkDistricts(ctx, c.Districts.Value.Values); err != nil {
			return err
		}
	}
	if c.Discoverable.Value {
		if err := p.checkAge(ctx, id); err != nil {
			return err
		}
	}
	set := columns{}
	set.add("gender", c.Gender.Set, c.Gender.Value)
	set.add("hair_length", c.HairLength.Set, c.HairLength.Value)
	set.add("hair_history", c.HairHistory.Set, db.JSON[[]api.Text]{V: c.HairHistory.Value})
	set.add("wanted_services", c.WantedServices.Set, db.List[catalogue.Service](c.WantedServices.Value.Values))
	set.add("districts", c.Districts.Set, db.JSON[[]api.Text]{V: c.Districts.Value.Values})
	set.add("discoverable", c.Discoverable.Set, c.Discoverable.Value)
	set.addText("status_message", c.StatusMessage)
	return set.update(ctx, p.db, "models", id)
}

func (p *People) checkDistricts(ctx context.Context, districts []api.Text) error {
	known, err := db.Select[struct{ District api.Text }](ctx, p.db, sq.Select("district").Distinct().From("region_districts").Where(sq.Eq{"district": districts}))
	if err == nil && len(known) != len(districts) {
		return api.InvalidInput(api.Fault{Location: "body.districts", Message: "names a district that is not among /v1/regions"})
	}
	return err
}

func (p *People) checkAge(ctx context.Context, id int64) error {
	model, err := db.Get[struct{ BirthDate time.Time }](ctx, p.db, sq.Select("birth_date").From("model_profiles").Where(sq.Eq{"id": id}))
	if err == nil && api.Age(model.BirthDate, time.Now()) < discoverableAge {
		return api.Invalid("too_young", "Stylists may find models of 19 or older only.", api.Fault{Location: "body.discoverable", Message: "cannot be set under 19"})
	}
	return err
}

func notFor(whose string, set map[string]bool) (faults []api.Fault) {
	for name, isSet := range set {
		if isSet {
			faults = append(faults, api.Fault{Location: "body." + name, Message: "is for " + whose + " only"})
		}
	}
	return faults
}

// columns are those that an update sets.
type columns map[string]any

func (c columns) add(name string, set bool, value any) {
	if set {
		c[name] = value
	}
}

// addText clears a text by making it empty.
func (c columns) addText(name string, change api.Null[api.Text]) {
	text := api.Text("")
	if change.Value != nil {
		text = *change.Value
	}
	c.add(name, change.Set, text)
}

func (c columns) update(ctx context.Context, d *db.DB, table string, id int64) error {
	if len(c) == 0 {
		return nil
	}
	return d.InTx(ctx, func(tx *db.Tx) error {
		_, err := db.Exec(ctx, tx, sq.Update(table).SetMap(c).Where(sq.Eq{"account_id": id}))
		return err
	})
}
