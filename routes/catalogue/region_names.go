package catalogue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"freety/db"
	"freety/db/query"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Place is a place as somebody names it.
type Place struct{ Province, District, Neighborhood string }

// regionName is a name, today's or a former one, of a region of today.
type regionName struct{ NamedProvince, NamedDistrict, Province, District, Neighborhoods string }

func (n regionName) isTodays() bool {
	return n.NamedProvince == n.Province && n.NamedDistrict == n.District
}

func regionNames(ctx context.Context, on db.Queryer, where sq.Sqlizer) ([]regionName, error) {
	return db.Select[regionName](ctx, on, sq.Select(db.Columns[regionName]()...).From("regions_by_name").Where(where).OrderBy("province", "district"))
}

// Today returns the place by today's names. Where the district was divided, the
// neighborhood tells in which part the place is. In faults, the names stand in
// the object that location names.
func (p Place) Today(ctx context.Context, on db.Queryer, location string) (Place, error) {
	names, err := regionNames(ctx, on, sq.Eq{"named_province": p.Province})
	if err != nil {
		return p, err
	}
	if len(names) == 0 {
		return p, api.InvalidInput(noProvince(location))
	}
	names = only(names, func(n regionName) bool { return n.NamedDistrict == p.District })
	if len(names) == 0 {
		return p, api.InvalidInput(api.NewFault(location+".district", "unknown", "is not a district of the province; /v1/regions lists them"))
	}
	if len(names) > 1 {
		parts := make([]string, len(names))
		for i, n := range names {
			parts[i] = n.District
		}
		first, _, _ := strings.Cut(p.Neighborhood, " ")
		names = only(names, func(n regionName) bool { return slices.Contains(strings.Split(n.Neighborhoods, ","), first) })
		if len(names) == 0 {
			return p, api.InvalidInput(api.NewFault(location+".district", "divided", "was divided; name one of %s", strings.Join(parts, ", ")))
		}
	}
	return Place{names[0].Province, names[0].District, p.Neighborhood}, nil
}

func noProvince(in string) *api.Fault {
	return api.NewFault(in+".province", "unknown", "is not a province; /v1/regions lists them")
}

// TodaysDistricts returns districts by today's names. For one that was divided
// they are all its parts. location is where a fault has the list.
func TodaysDistricts(ctx context.Context, on db.Queryer, location string, districts []api.Text) ([]api.Text, error) {
	names, err := regionNames(ctx, on, sq.Eq{"named_district": districts})
	if err != nil {
		return nil, err
	}
	todays := []api.Text{}
	var faults []*api.Fault
	for i, district := range districts {
		meant := todaysFirst(only(names, func(n regionName) bool { return n.NamedDistrict == string(district) }))
		if len(meant) == 0 {
			faults = append(faults, api.NewFault(fmt.Sprintf("%s[%d]", location, i), "unknown", "is not a district; /v1/regions lists them"))
		}
		for _, n := range meant {
			if d := api.Text(n.District); !slices.Contains(todays, d) {
				todays = append(todays, d)
			}
		}
	}
	if faults != nil {
		return nil, api.InvalidInput(faults...)
	}
	return todays, nil
}

// FormerRegions returns nothing if the provinces and districts of a search are
// all today's names. If not, it returns the regions to look for instead. A
// divided district is among them by its former name too, which stored places
// keep that do not tell in which part of it they are.
func FormerRegions(ctx context.Context, on db.Queryer, provinces, districts []string) (regions []Place, err error) {
	if len(provinces)+len(districts) == 0 {
		return nil, nil
	}
	names, err := regionNames(ctx, on, query.All(
		query.When(len(provinces) > 0, sq.Eq{"named_province": provinces}),
		query.When(len(provinces) == 0, sq.Eq{"named_district": districts}),
	))
	if err != nil {
		return nil, err
	}
	var faults []*api.Fault
	var meant []regionName
	for _, province := range provinces {
		of := todaysFirst(only(names, func(n regionName) bool { return n.NamedProvince == province }))
		if len(of) == 0 && len(faults) == 0 {
			faults = append(faults, noProvince("query"))
		}
		if len(districts) == 0 {
			meant = append(meant, of...)
		}
	}
	for _, district := range districts {
		of := only(names, func(n regionName) bool { return n.NamedDistrict == district })
		if len(provinces) == 0 {
			of = todaysFirst(of)
		}
		if len(of) == 0 && len(faults) == 0 {
			faults = append(faults, api.NewFault("query.district", "unknown", "is not a district there; /v1/regions lists them"))
		}
		meant = append(meant, of...)
	}
	if faults != nil {
		return nil, api.InvalidInput(faults...)
	}
	if !slices.ContainsFunc(meant, func(n regionName) bool { return !n.isTodays() }) {
		return nil, nil
	}
	for _, n := range meant {
		regions = append(regions, Place{Province: n.Province, District: n.District})
		if n.Neighborhoods != "" {
			regions = append(regions, Place{Province: n.NamedProvince, District: n.NamedDistrict})
		}
	}
	return regions, nil
}

func only(names []regionName, match func(regionName) bool) []regionName {
	return slices.DeleteFunc(slices.Clone(names), func(n regionName) bool { return !match(n) })
}

// todaysFirst leaves out former names if there are today's among them: 남구 is in
// four provinces, so it does not mean what had that name in a fifth.
func todaysFirst(names []regionName) []regionName {
	if slices.ContainsFunc(names, regionName.isTodays) {
		return only(names, regionName.isTodays)
	}
	return names
}
