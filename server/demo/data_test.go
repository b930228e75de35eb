package demo

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/catalogue"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
)

func TestPlacesAreRegions(t *testing.T) {
	t.Parallel()
	type region struct{ Province, District string }
	known, err := db.Select[region](t.Context(), dbtest.New(t), sq.Select("province", "district").From("region_districts"))
	if err != nil {
		t.Fatal(err)
	}
	regions := map[region]bool{}
	for _, r := range known {
		regions[r] = true
	}
	for _, p := range places {
		if !regions[region{p.province, p.district}] {
			t.Errorf("%s %s is no region, or stands twice", p.province, p.district)
		}
		delete(regions, region{p.province, p.district})
		if len(p.neighborhoods) < 3 || len(p.neighborhoods) > 6 {
			t.Errorf("%s has %d neighborhoods", p.district, len(p.neighborhoods))
		}
	}
}

func TestTheTimeOfDayDoesNotChangeWhatIsOffered(t *testing.T) {
	t.Parallel()
	at := func(now time.Time) []recruitment {
		offered := Generate(Plan{Seed: seed, Stylists: 5, Models: 5, Recruitments: 100, Now: now, Email: email}).recruitments
		for i := range offered {
			r := &offered[i]
			r.slots, r.bookings, r.favorites, r.published, r.created = nil, 0, 0, time.Time{}, time.Time{}
		}
		return offered
	}
	midnight := time.Date(2026, 11, 2, 0, 0, 0, 0, zone)
	first := at(midnight)
	for _, later := range []time.Duration{time.Minute, 9 * time.Hour, 13*time.Hour + 7*time.Minute, 23 * time.Hour} {
		if diff := cmp.Diff(first, at(midnight.Add(later)), cmp.AllowUnexported(recruitment{})); diff != "" {
			t.Errorf("%v later: %s", later, diff)
		}
	}
}

// TestPlacesLieWhereTheyAre compares with the boundaries of Statistics Korea of
// 2018. Their names are those of then, so each neighborhood is looked up by them.
func TestPlacesLieWhereTheyAre(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../../shared/data/regions.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("without ../shared/data/regions.csv the places are compared only with the points that the tests know themselves")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type sum struct{ lat, lng, n float64 }
	sums := map[[2]string]sum{}
	database := dbtest.New(t)
	for _, row := range rows[1:] {
		lat, latErr := strconv.ParseFloat(row[3], 64)
		lng, lngErr := strconv.ParseFloat(row[4], 64)
		if latErr != nil || lngErr != nil || row[2] == "_" {
			continue // a province or district as a whole
		}
		today, err := catalogue.Place{Province: row[0], District: row[1], Neighborhood: row[2]}.Today(t.Context(), database, "row")
		if err != nil {
			t.Errorf("%v: %v", row, err)
		}
		in := [2]string{today.Province, today.District}
		s := sums[in]
		sums[in] = sum{s.lat + lat, s.lng + lng, s.n + 1}
	}
	const kmPerDegree, most = 111.2, 6.0
	compared := 0
	for _, p := range places {
		s, ok := sums[[2]string{p.province, p.district}]
		if !ok {
			continue
		}
		compared++
		north := (s.lat/s.n - p.lat) * kmPerDegree
		east := (s.lng/s.n - p.lng) * kmPerDegree * math.Cos(p.lat*math.Pi/180)
		if km := math.Hypot(north, east); km > most {
			t.Errorf("%s %s: %.1f km from the middle of its neighborhoods", p.province, p.district, km)
		}
	}
	if compared < 40 {
		t.Errorf("only %d places could be compared", compared)
	}
}

func TestCraftsAreServices(t *testing.T) {
	t.Parallel()
	var services []catalogue.Service
	for _, c := range crafts {
		services = append(services, c.service)
	}
	if diff := cmp.Diff(catalogue.Services, inOrder(services)); diff != "" {
		t.Errorf("crafts (-services +crafts):\n%s", diff)
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		d := Generate(Plan{Seed: seed, Stylists: 20, Models: 50, Recruitments: 200, Now: now, Email: email})
		for i, r := range d.recruitments {
			if n := utf8.RuneCountInString(r.title); n < 5 || n > 80 || strings.ContainsAny(r.title+r.body, "{}") {
				t.Errorf("seed %d, recruitment %d: title %q, body %q", seed, i, r.title, r.body)
			}
			comes := false
			for n, s := range r.slots {
				comes = comes || d.slots[s].starts.After(now)
				if n > 0 && !d.slots[s].starts.After(d.slots[r.slots[n-1]].starts) {
					t.Errorf("seed %d, recruitment %d: slots out of order", seed, i)
				}
			}
			if len(r.slots) == 0 && r.state != "draft" {
				t.Errorf("seed %d, recruitment %d: %s without a slot", seed, i, r.state)
			}
			if i < firstOnes && (!comes || r.stylist != 0) {
				t.Errorf("seed %d: recruitment %d of the first stylist has no slot to come", seed, i)
			}
		}
		for i, m := range d.models {
			if a := d.accounts[m.account]; m.discoverable && api.Age(a.born, now) < 19 {
				t.Errorf("seed %d, model %d: discoverable, born %s", seed, i, a.born.Format(time.DateOnly))
			}
		}
	}
}

func TestParticles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ style, text, want string }{
		{"허쉬컷", "{style:을} 연습해요", "허쉬컷을 연습해요"},
		{"발레아쥬", "{style:을} 연습해요", "발레아쥬를 연습해요"},
		{"발레아쥬", "과제가 {style:이라서}요", "과제가 발레아쥬라서요"},
		{"뿌리염색", "과제가 {style:이라서}요", "과제가 뿌리염색이라서요"},
		{"커트", "{style} 모델", "커트 모델"},
	} {
		if got := (words{"style": c.style}).fill(c.text); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.text, c.style, got, c.want)
		}
	}
}
