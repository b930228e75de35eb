package catalogue

import (
	"context"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

// Province is a province with its districts.
type Province struct {
	Province  string     `json:"province" doc:"By today's name." example:"서울특별시"`
	Districts []District `json:"districts" doc:"All of the province."`
}

// District is a district with the neighborhoods that open recruitments name.
type District struct {
	District      string   `json:"district" doc:"By today's name." example:"강남구"`
	Neighborhoods []string `json:"neighborhoods" doc:"Those that open recruitments name; a new one may name any."`
}

// Regions lists the provinces and districts that a venue may be in, by today's names.
func (c *Catalogue) Regions(ctx context.Context, _ *api.None) (*api.Page[Province], error) {
	districts, err := db.Select[Place](ctx, c.db, sq.Select("province", "district", "'' AS neighborhood").From("region_districts").OrderBy("position"))
	if err != nil {
		return nil, err
	}
	named, err := db.Select[Place](ctx, c.db, sq.Select(db.Columns[Place]()...).Distinct().From("open_neighborhoods").Where(sq.Gt{"last_slot_at": api.Now(ctx)}).OrderBy("neighborhood"))
	if err != nil {
		return nil, err
	}
	neighborhoods := map[Place][]string{}
	for _, n := range named {
		in := Place{Province: n.Province, District: n.District}
		neighborhoods[in] = append(neighborhoods[in], n.Neighborhood)
	}
	provinces := []Province{}
	for _, d := range districts {
		if len(provinces) == 0 || provinces[len(provinces)-1].Province != d.Province {
			provinces = append(provinces, Province{Province: d.Province})
		}
		last := &provinces[len(provinces)-1]
		last.Districts = append(last.Districts, District{d.District, append([]string{}, neighborhoods[d]...)})
	}
	return api.All(provinces), nil
}
