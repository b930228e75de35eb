package bookings

import (
	"reflect"
	"testing"
	"time"

	"freety/routes/api"

	"github.com/google/go-cmp/cmp"
)

var seoul = time.FixedZone("KST", 9*3600)

var eachFilter = map[string]struct {
	filters Filters
	sql     string
	args    []any
}{
	"State":        {Filters{State: []State{Applied, Confirmed}}, "(state IN (?,?))", []any{Applied, Confirmed}},
	"From":         {Filters{From: api.Opt[time.Time]{Value: start.In(seoul), Set: true}}, "(slot_starts_at >= ?)", []any{start}},
	"To":           {Filters{To: api.Opt[time.Time]{Value: start.In(seoul), Set: true}}, "(slot_starts_at < ?)", []any{start}},
	"UpdatedSince": {Filters{UpdatedSince: api.Opt[time.Time]{Value: start.In(seoul), Set: true}}, "(updated_at >= ?)", []any{start}},
}

func TestEachFilterIsJustItsSQL(t *testing.T) {
	for field := range reflect.TypeFor[Filters]().NumField() {
		name := reflect.TypeFor[Filters]().Field(field).Name
		c, ok := eachFilter[name]
		if !ok {
			t.Errorf("the filter %s has no case", name)
			continue
		}
		sql, args, err := c.filters.where().ToSql()
		if err != nil {
			t.Fatal(err)
		}
		if sql != c.sql {
			t.Errorf("%s: %s, want %s", name, sql, c.sql)
		}
		if diff := cmp.Diff(c.args, args); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
