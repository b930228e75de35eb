package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/recruitments"
)

// The names of the first stylist and the first model, whom a demo signs in as.
const (
	firstStylist = "김하늘"
	firstModel   = "이서연"
)

func (d *Data) addPeople(r dice, p Plan) {
	for n := range p.Stylists {
		d.addStylist(r, n, p.Email("stylist", n))
	}
	for n := range p.Models {
		d.addModel(r, n, p.Email("model", n))
	}
}

func (r dice) place() *place {
	if r.chance(60) {
		return &places[r.IntN(busiest)]
	}
	return &places[r.IntN(len(places))]
}

func (r dice) name(gender string) string { return pick(r, familyNames) + pick(r, givenNames[gender]) }

// birth returns the birthday of somebody who is between two ages.
func (r dice) birth(now time.Time, youngest, oldest int) time.Time {
	latest := now.In(zone).AddDate(-youngest, 0, -1)
	day := latest.AddDate(0, 0, -r.IntN((oldest-youngest)*365))
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
}

func (d *Data) addStylist(r dice, n int, email string) {
	gender := female
	if r.chance(28) {
		gender = male
	}
	name := r.name(gender)
	s := stylist{}
	switch r.weighted(60, 18, 8, 14) {
	case 0:
		s.affiliation, s.affiliationName, s.months = "salon", pick(r, salons), r.IntRange(2, 84)
	case 1:
		s.affiliation, s.affiliationName, s.months = "academy", pick(r, academies), r.IntRange(1, 18)
	case 2:
		s.affiliation, s.affiliationName, s.months = "school", pick(r, schools), r.IntRange(1, 24)
	case 3:
		s.affiliation, s.months = "freelance", r.IntRange(24, 180)
	}
	at := r.place()
	if n == 0 {
		name, at = firstStylist, &places[0]
		s.affiliation, s.affiliationName, s.months = "salon", salons[0], 14
	}
	s.venue = r.venue(at, s.affiliationName)
	s.services = r.services(r.IntRange(2, 5))
	w := s.words(name)
	w["style"] = pick(r, r.craftOf(s.services[0]).styles).name
	s.status = w.fill(pick(r, stylistStatuses))
	lines := some(r, r.IntRange(0, 4), careers)
	if s.affiliation != "salon" {
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "{salon}") })
	}
	s.career = w.fill(strings.Join(lines, "\n"))
	s.account = d.account("stylist", email, name, r.birth(d.now, 19, 38), d.now.Add(-time.Duration(r.IntRange(40*24, 700*24))*time.Hour))
	d.stylists = append(d.stylists, s)
}

// words are what the texts of a stylist say about her.
func (s *stylist) words(name string) words {
	who := "헤어디자이너"
	switch {
	case s.affiliation == "academy" || s.affiliation == "school":
		who = "학생"
	case s.months < 12:
		who = "인턴"
	case s.months < 30:
		who = "초급 디자이너"
	}
	since := fmt.Sprintf("%d개월", s.months)
	if s.months >= 12 {
		since = fmt.Sprintf("%d년", s.months/12)
	}
	salon := s.affiliationName
	if salon == "" {
		salon = "공유 살롱"
	}
	return words{"name": name, "who": who, "since": since, "salon": salon, "hood": s.venue.Neighborhood}
}

// services returns n different services, the common ones more often, in the order
// of the catalogue.
func (r dice) services(n int) []catalogue.Service {
	var chosen []catalogue.Service
	for len(chosen) < n {
		if s := r.craft().service; !slices.Contains(chosen, s) {
			chosen = append(chosen, s)
		}
	}
	return inOrder(chosen)
}

func inOrder(services []catalogue.Service) []catalogue.Service {
	slices.SortFunc(services, func(a, b catalogue.Service) int {
		return slices.Index(catalogue.Services, a) - slices.Index(catalogue.Services, b)
	})
	return slices.Compact(services)
}

func (r dice) venue(p *place, salon string) recruitments.Venue {
	if salon == "" {
		salon = "공유 살롱"
	}
	v := recruitments.Venue{Province: p.province, District: p.district, Neighborhood: pick(r, p.neighborhoods), Zone: api.DefaultZone}
	detail := fmt.Sprintf("%s %d-%d, %d층 %s", v.Neighborhood, r.IntRange(11, 790), r.IntRange(1, 42), r.IntRange(1, 5), salon)
	lat, lng := round(p.lat+r.offset(0.005), 1e5), round(p.lng+r.offset(0.006), 1e5)
	v.Detail, v.Lat, v.Lng = &detail, &lat, &lng
	return v
}

func (d *Data) addModel(r dice, n int, email string) {
	m := model{gender: female, hairLength: pick(r, []string{"bob", "medium", "medium", "long", "long"}), wanted: r.services(r.IntRange(1, 4)), history: []string{}, districts: []string{}}
	if r.chance(22) {
		m.gender, m.hairLength = male, "short"
	}
	name, born := r.name(m.gender), r.birth(d.now, 16, 36)
	if n == 0 {
		name, born = firstModel, r.birth(d.now, 24, 26)
		m.gender, m.hairLength = female, "medium"
	}
	for months := r.IntRange(1, 5); len(m.history) < 4 && r.chance(60); months += r.IntRange(1, 6) {
		at := d.now.In(zone).AddDate(0, -months, 0)
		m.history = append(m.history, fmt.Sprintf("%d년 %d월 %s", at.Year(), at.Month(), pick(r, treatments)))
	}
	for range r.IntRange(0, 3) {
		if district := r.place().district; !slices.Contains(m.districts, district) {
			m.districts = append(m.districts, district)
		}
	}
	m.status = pick(r, modelStatuses)
	m.discoverable = (n == 0 || r.chance(60)) && api.Age(born, d.now) >= 19
	m.account = d.account("model", email, name, born, d.now.Add(-time.Duration(r.IntRange(30*24, 500*24))*time.Hour))
	d.models = append(d.models, m)
}
