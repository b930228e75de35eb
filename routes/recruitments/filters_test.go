package recruitments

import (
	"reflect"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/people"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2031, 3, 3, 3, 0, 0, 0, time.UTC)

func set[T any](v T) api.Opt[T] { return api.Opt[T]{Value: v, Set: true} }

// eachFilter sets one field of Filters and says what SQL and arguments follow.
var eachFilter = map[string]struct {
	filters Filters
	sql     string
	args    []any
}{
	"Q": {
		Filters{Q: "레이어드 50%_컷"},
		`((title LIKE ? OR body LIKE ? OR stylist_name LIKE ? OR affiliation_name LIKE ?) AND (title LIKE ? OR body LIKE ? OR stylist_name LIKE ? OR affiliation_name LIKE ?))`,
		[]any{"%레이어드%", "%레이어드%", "%레이어드%", "%레이어드%", `%50\%\_컷%`, `%50\%\_컷%`, `%50\%\_컷%`, `%50\%\_컷%`},
	},
	"Service": {
		Filters{Service: []catalogue.Service{"cut", "perm"}},
		"id IN (SELECT rs.recruitment_id FROM recruitment_services rs WHERE rs.service IN (?,?))",
		[]any{catalogue.Service("cut"), catalogue.Service("perm")},
	},
	"Province":      {Filters{Province: []string{"서울특별시"}}, "venue_province IN (?)", []any{"서울특별시"}},
	"District":      {Filters{District: []string{"강남구", "중구"}}, "venue_district IN (?,?)", []any{"강남구", "중구"}},
	"Neighborhood":  {Filters{Neighborhood: []string{"' OR 1=1 --"}}, "venue_neighborhood IN (?)", []any{"' OR 1=1 --"}},
	"FeeMin":        {Filters{FeeMin: set(0)}, "fee >= ?", []any{0}},
	"FeeMax":        {Filters{FeeMax: set(0)}, "fee <= ?", []any{0}},
	"ExperienceMin": {Filters{ExperienceMin: set(6)}, "stylist_experience_months >= ?", []any{6}},
	"ExperienceMax": {Filters{ExperienceMax: set(24)}, "stylist_experience_months <= ?", []any{24}},
	"Affiliation":   {Filters{Affiliation: []people.Affiliation{"school"}}, "affiliation IN (?)", []any{people.Affiliation("school")}},
	"Gender":        {Filters{Gender: "female"}, "gender_wanted IN (?,?)", []any{people.Gender("any"), people.Gender("female")}},
	"HairLength":    {Filters{HairLength: "bob"}, "(hair_lengths_wanted = '' OR FIND_IN_SET(?, hair_lengths_wanted))", []any{people.HairLength("bob")}},
	"SlotFrom": {
		Filters{SlotFrom: set(now.Add(time.Hour))},
		"(SELECT s.id FROM slots s WHERE s.recruitment_id = recruitment_cards.id AND s.taken < s.capacity AND s.starts_at > ? AND (s.starts_at >= ?) LIMIT 1) IS NOT NULL",
		[]any{now, now.Add(time.Hour)},
	},
	"SlotTo": {
		Filters{SlotTo: set(now.Add(time.Hour).In(time.FixedZone("KST", 9*3600)))},
		"(SELECT s.id FROM slots s WHERE s.recruitment_id = recruitment_cards.id AND s.taken < s.capacity AND s.starts_at > ? AND (s.starts_at < ?) LIMIT 1) IS NOT NULL",
		[]any{now, now.Add(time.Hour)},
	},
	"Weekday": {
		Filters{Weekday: []Weekday{"sat", "sun"}},
		"(SELECT s.id FROM slots s WHERE s.recruitment_id = recruitment_cards.id AND s.taken < s.capacity AND s.starts_at > ? AND (s.weekday IN (?,?)) LIMIT 1) IS NOT NULL",
		[]any{now, 6, 0},
	},
	"Near": {Filters{Near: "37.5,127", lat: 37.5, lng: 127}, "", nil}, // only tells distances, and where a radius begins
	"RadiusKm": {
		Filters{Near: "0,0", RadiusKm: set(100.0)},
		"public_lat BETWEEN ? AND ? AND public_lng BETWEEN ? AND ? AND " + haversine + " <= ?",
		[]any{-0.899320363724538, 0.899320363724538, -0.8993203637245379, 0.8993203637245379, 0.0, 0.0, 0.0, 100.0},
	},
	"RatingMin":   {Filters{RatingMin: set(4.5)}, "stylist_rating >= ?", []any{4.5}},
	"HasPhoto":    {Filters{HasPhoto: set(false)}, "(photo_count > 0) = ?", []any{false}},
	"InstantBook": {Filters{InstantBook: set(true)}, "instant_book = ?", []any{true}},
	"StylistID":   {Filters{StylistID: set(int64(7))}, "stylist_id = ?", []any{int64(7)}},
}

const haversine = "ROUND(2 * 6371.0088 * ASIN(LEAST(1, SQRT(POW(SIN(RADIANS(public_lat - ?) / 2), 2) + COS(RADIANS(?)) * COS(RADIANS(public_lat)) * POW(SIN(RADIANS(public_lng - ?) / 2), 2)))), 3)"

func TestEveryFilterHasACaseOfItsSQL(t *testing.T) {
	fields := reflect.TypeFor[Filters]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if _, ok := eachFilter[field.Name]; field.IsExported() && !ok {
			t.Errorf("the filter %s has no case", field.Name)
		}
	}
	for name := range eachFilter {
		if _, ok := fields.FieldByName(name); !ok {
			t.Errorf("the case %s belongs to no filter", name)
		}
	}
}

func TestEachFilterIsJustItsSQL(t *testing.T) {
	const always = "(stored_state = ? AND last_slot_at > ?"
	for name, c := range eachFilter {
		sql, args, err := c.filters.where(now).ToSql()
		if err != nil {
			t.Fatal(err)
		}
		want := always + ")"
		if c.sql != "" {
			want = always + " AND " + c.sql + ")"
		}
		if diff := cmp.Diff(want, sql); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(append([]any{Open, now}, c.args...), args); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestFormerRegionsTakeThePlaceOfTheirNames(t *testing.T) {
	f := Filters{Province: []string{"인천광역시"}, District: []string{"남구", "연수구"}, FeeMax: set(0)}
	f.regions = []catalogue.Place{{Province: "인천광역시", District: "미추홀구"}, {Province: "인천광역시", District: "연수구"}}
	sql, args, err := f.where(now).ToSql()
	if err != nil {
		t.Fatal(err)
	}
	want := "(stored_state = ? AND last_slot_at > ? AND (venue_district = ? AND venue_province = ? OR venue_district = ? AND venue_province = ?) AND fee <= ?)"
	if diff := cmp.Diff(want, sql); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{Open, now, "미추홀구", "인천광역시", "연수구", "인천광역시", 0}, args); diff != "" {
		t.Error(diff)
	}
}

func TestFiltersHoldTogether(t *testing.T) {
	sql, _, err := sq.Select("id").From("recruitment_cards").Where((&Filters{FeeMax: set(5000), District: []string{"강남구"}}).where(now)).ToSql()
	if err != nil {
		t.Fatal(err)
	}
	want := "SELECT id FROM recruitment_cards WHERE (stored_state = ? AND last_slot_at > ? AND venue_district IN (?) AND fee <= ?)"
	if sql != want {
		t.Errorf("%s, want %s", sql, want)
	}
}

func TestPublicPointIsTheNearestFiveHundredth(t *testing.T) {
	for exact, want := range map[float64]float64{37.50063: 37.5, 37.5011: 37.502, 127.03641: 127.036, -0.0011: -0.002, 90: 90, 0: 0} {
		if got := publicPoint(&exact); *got != want {
			t.Errorf("%v: %v, want %v", exact, *got, want)
		}
	}
	if publicPoint(nil) != nil {
		t.Error("no point became one")
	}
}

func TestBoxHoldsTheCircleAndLeavesOutLongitudesWhereItCannot(t *testing.T) {
	for _, c := range []struct {
		name        string
		lat, lng    float64
		withLng     bool
		insideRange []float64 // the longitudes that must be inside
	}{
		{"in Seoul", 37.5, 127, true, []float64{126.9, 127.1}},
		{"at the pole", 89.9, 10, false, nil},
		{"at the date line", 10, 179.9, false, nil},
	} {
		sql, args := box(c.lat, c.lng, 50)
		if got := len(args) == 4; got != c.withLng {
			t.Errorf("%s: %s", c.name, sql)
		}
		for _, lng := range c.insideRange {
			if lng < args[2].(float64) || lng > args[3].(float64) {
				t.Errorf("%s: %v is outside of %v", c.name, lng, args)
			}
		}
	}
}

func TestTheShownStateFollowsFromTheStoredOneAndTheSlots(t *testing.T) {
	for _, c := range []struct {
		stored State
		comes  bool
		seats  int
		want   State
	}{
		{Draft, false, 0, Draft}, {Draft, true, 3, Draft}, {Closed, true, 3, Closed},
		{Open, true, 1, Open}, {Open, true, 0, Full}, {Open, false, 0, Expired},
	} {
		if got := derive(c.stored, c.comes, c.seats); got != c.want {
			t.Errorf("%s, comes %v, %d seats: %s, want %s", c.stored, c.comes, c.seats, got, c.want)
		}
	}
}
