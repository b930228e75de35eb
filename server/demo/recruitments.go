package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"freety/routes/catalogue"
)

const (
	ahead     = 21 // days in which slots lie
	back      = 14 // days before today that may have slots too
	firstOnes = 6  // recruitments of the first stylist, all open
)

var craftWeights = func() (weights []int) {
	for _, c := range crafts {
		weights = append(weights, c.weight)
	}
	return weights
}()

func (r dice) craft() *craft { return &crafts[r.weighted(craftWeights...)] }

func (r dice) craftOf(service catalogue.Service) *craft {
	return &crafts[slices.IndexFunc(crafts, func(c craft) bool { return c.service == service })]
}

func (d *Data) addRecruitments(r, forSlots dice, n int) {
	for i := range n {
		by := 0
		if i >= firstOnes && len(d.stylists) > 1 {
			by = 1 + r.IntN(len(d.stylists)-1)
		}
		d.addRecruitment(r, i, by)
		d.addSlots(forSlots, i)
	}
}

func (d *Data) addRecruitment(r dice, n, by int) {
	s := &d.stylists[by]
	c := r.craftOf(pick(r, s.services))
	st := pick(r, c.styles)
	rec := recruitment{
		stylist: by, state: "open", services: inOrder(append([]catalogue.Service{c.service}, st.with...)), venue: s.venue,
		fee: r.fee(c.mostFee), gender: st.gender, hairLengths: st.lengths, noticeHours: pick(r, []int{24, 24, 24, 24, 12, 48}), instantBook: r.chance(25),
	}
	if rec.gender == "" || (rec.gender == female && r.chance(15)) {
		rec.gender = "any"
	}
	if r.chance(25) {
		rec.hairLengths = nil
	}
	if n < firstOnes {
		rec.instantBook = n == firstOnes-1
	} else {
		switch r.weighted(3, 4, 4, 89) {
		case 0:
			rec.state = "draft"
		case 1:
			rec.state = "closed"
		case 2:
			rec.passed = true
		}
	}
	rec.created = d.now.Add(-time.Duration(r.IntRange(2*60, 20*24*60)) * time.Minute)
	if n == 0 || rec.passed {
		rec.created = d.now.Add(-time.Duration(r.IntRange(8*24*60, 20*24*60)) * time.Minute)
	}
	if rec.state != "draft" {
		rec.published = rec.created.Add(time.Duration(r.IntRange(0, 40)) * time.Minute)
	}
	rec.title, rec.body = r.text(s, d.accounts[s.account].name, c, &st, rec.fee)
	rec.minutes = r.IntRange(c.minutes[0]/30, c.minutes[1]/30) * 30
	s.published = append(s.published, len(d.recruitments))
	d.recruitments = append(d.recruitments, rec)
}

func (d *Data) addSlots(r dice, recruitment int) {
	rec := &d.recruitments[recruitment]
	for _, at := range d.times(r, rec) {
		d.slots = append(d.slots, slot{
			recruitment: recruitment, starts: at, ends: at.Add(time.Duration(rec.minutes) * time.Minute), capacity: []int{1, 2, 3}[r.weighted(70, 20, 10)],
		})
		rec.slots = append(rec.slots, len(d.slots)-1)
	}
}

// fee returns 0 for a quarter, and often a round sum for the rest.
func (r dice) fee(mostThousands int) int {
	switch r.weighted(25, 45, 30) {
	case 0:
		return 0
	case 1:
		return r.IntRange(1, max(mostThousands/5, 1)) * 5000
	}
	return r.IntRange(1, mostThousands) * 1000
}

func (r dice) text(s *stylist, name string, c *craft, st *style, fee int) (title, body string) {
	w := s.words(name)
	w["style"] = st.name
	w["fee"] = fmt.Sprintf("%d,000", fee/1000)
	pool := titles
	switch {
	case fee == 0 && r.chance(50):
		pool = freeTitles
	case st.gender == male && r.chance(50):
		pool = maleTitles
	}
	hello, costs := greetings, paidFees
	if w["who"] == "학생" {
		hello = studentGreetings
	}
	if fee == 0 {
		costs = freeFees
	}
	first := pick(r, hello) + " " + pick(r, purposes)
	second := append(some(r, r.IntRange(1, 2), c.wants), some(r, r.IntRange(1, 2), c.explained)...)
	third := append([]string{pick(r, costs)}, some(r, r.IntRange(0, 2), conditions)...)
	last := pick(r, closings)
	if r.chance(60) {
		last = pick(r, venues) + " " + last
	}
	body = strings.Join([]string{first, strings.Join(second, " "), strings.Join(third, " "), last}, "\n\n")
	return w.fill(pick(r, pool)), w.fill(body)
}

// The minutes of a day at which slots start.
var (
	daytime = []int{10 * 60, 10*60 + 30, 11 * 60, 13 * 60, 14 * 60, 14*60 + 30, 15 * 60, 16 * 60}
	evening = []int{18 * 60, 18*60 + 30, 19 * 60, 19*60 + 30, 20 * 60}
)

// times returns when the slots of a recruitment start: on a few days of the week,
// in the evenings or when a salon is quiet, and if possible not while the stylist
// has another slot.
func (d *Data) times(r dice, rec *recruitment) []time.Time {
	weekdays := some(r, r.IntRange(1, 3), []time.Weekday{0, 1, 1, 2, 3, 4, 5, 6, 6})
	today := d.now.In(zone)
	first, last := -back, ahead
	if rec.passed {
		last = -1
	}
	var past, future []time.Time
	for day := first; day <= last; day++ {
		date := time.Date(today.Year(), today.Month(), today.Day()+day, 0, 0, 0, 0, zone)
		if !slices.Contains(weekdays, date.Weekday()) && !rec.passed {
			continue
		}
		at, free := d.hourOn(r, rec.stylist, date, rec.minutes)
		switch {
		case !free && len(future) > 0:
		case at.After(d.now.Add(time.Hour)):
			future = append(future, at)
		case !rec.published.IsZero() && at.After(rec.published.Add(24*time.Hour)) && at.Add(5*time.Hour).Before(d.now):
			past = append(past, at)
		}
	}
	least := 1
	if rec.state == "draft" {
		least = 0
	}
	chosen := some(r, min(len(past), r.IntRange(0, 2)), past)
	if rec.passed {
		chosen = some(r, min(len(past), 3), past)
	}
	return append(chosen, some(r, min(len(future), r.IntRange(least, 6)), future)...)
}

func (d *Data) hourOn(r dice, by int, date time.Time, minutes int) (at time.Time, free bool) {
	hours := daytime
	// A session of more than three hours cannot begin after work.
	if weekday := date.Weekday(); weekday != time.Saturday && weekday != time.Sunday && minutes <= 180 && r.chance(60) {
		hours = evening
	}
	for range 4 {
		at = date.Add(time.Duration(pick(r, hours)) * time.Minute).UTC()
		if d.isFree(by, at, at.Add(time.Duration(minutes)*time.Minute)) {
			return at, true
		}
	}
	return at, false
}

func (d *Data) isFree(by int, from, to time.Time) bool {
	for _, rec := range d.stylists[by].published {
		for _, i := range d.recruitments[rec].slots {
			if s := &d.slots[i]; s.starts.Before(to) && from.Before(s.ends) {
				return false
			}
		}
	}
	return true
}
