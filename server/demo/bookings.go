package demo

import (
	"slices"
	"time"

	"freety/routes/bookings"
)

// The actors of an event.
const (
	byStylist = string(bookings.Stylist)
	byModel   = string(bookings.Model)
	bySystem  = "system"
)

const (
	offerTime    = 24 * time.Hour // for which an offer holds
	completeTime = 72 * time.Hour // after the end, until the system completes a booking
)

// addFavorites has models keep recruitments, some of which are far more
// popular than others.
func (d *Data) addFavorites(r dice) {
	var popular []int
	for i, rec := range d.recruitments {
		if rec.state == "open" {
			popular = append(popular, i)
		}
	}
	if len(popular) == 0 {
		return
	}
	r.ShuffleInts(popular)
	for m := range d.models {
		kept := map[int]bool{}
		for range r.IntRange(0, 10) {
			kept[popular[int(r.Float64()*r.Float64()*float64(len(popular)))]] = true
		}
		for _, i := range popular {
			if rec := &d.recruitments[i]; kept[i] {
				d.favorites = append(d.favorites, favorite{m, i, r.between(rec.published, d.now)})
				rec.favorites++
			}
		}
	}
}

// desk makes bookings one after the other, and knows who has time.
type desk struct {
	*Data
	dice
	ofStylist, ofModel map[int][]int   // slots whose time is taken
	pairs              map[[2]int]bool // model and recruitment
}

func (d *Data) addBookings(r dice) {
	k := &desk{d, r, map[int][]int{}, map[int][]int{}, map[[2]int]bool{}}
	k.addForFirst()
	for i := range d.recruitments {
		rec := &d.recruitments[i]
		if rec.state == "draft" {
			continue
		}
		if i < firstOnes && !rec.instantBook {
			for range 3 {
				k.add(k.upcoming(rec), bookings.Applied)
			}
			continue
		}
		for range r.weighted(30, 25, 20, 15, 10) {
			k.addAny(pick(r, rec.slots), rec.state == "closed")
		}
	}
}

// addForFirst gives the first model applied, confirmed and completed bookings.
func (k *desk) addForFirst() {
	has := map[bookings.State]bool{}
	for i := len(k.recruitments) - 1; i >= 0; i-- {
		rec := &k.recruitments[i]
		if rec.state != "open" || !k.suits(0, rec) {
			continue
		}
		for _, s := range rec.slots {
			wants := bookings.Applied
			switch {
			case k.slots[s].starts.Before(k.now):
				wants = bookings.Completed
			case !has[bookings.Confirmed]:
				wants = bookings.Confirmed
			case rec.instantBook:
				continue
			}
			has[wants] = has[wants] || k.book(s, 0, wants)
		}
	}
}

func (k *desk) upcoming(rec *recruitment) int {
	next := slices.IndexFunc(rec.slots, func(s int) bool { return k.slots[s].starts.After(k.now) })
	return rec.slots[max(next, 0)]
}

// addAny makes a booking in a state that the slot's time and seats allow.
func (k *desk) addAny(s int, closed bool) {
	at := &k.slots[s]
	rec := &k.recruitments[at.recruitment]
	past := !at.starts.After(k.now)
	var state bookings.State
	switch {
	case past:
		state = []bookings.State{bookings.Completed, bookings.NoShow, bookings.Cancelled, bookings.Declined, bookings.Expired}[k.weighted(60, 8, 14, 10, 8)]
	case closed:
		// Closing declines those who are not confirmed.
		state = []bookings.State{bookings.Confirmed, bookings.Declined}[k.weighted(50, 50)]
	case at.held == at.capacity && k.chance(70):
		state = bookings.Waitlisted
	default:
		state = []bookings.State{bookings.Applied, bookings.Confirmed, bookings.Offered, bookings.Declined, bookings.Withdrawn, bookings.Cancelled, bookings.Expired}[k.weighted(34, 28, 10, 8, 8, 8, 4)]
	}
	if rec.instantBook && !past && slices.Contains([]bookings.State{bookings.Applied, bookings.Declined, bookings.Withdrawn}, state) {
		state = bookings.Confirmed
	}
	if rec.instantBook && past && slices.Contains([]bookings.State{bookings.Declined, bookings.Expired}, state) {
		state = bookings.Cancelled
	}
	k.add(s, state)
}

// add makes a booking for a model who has time, or none if several have not.
func (k *desk) add(s int, state bookings.State) {
	for range 6 {
		m := k.IntN(len(k.models))
		if m > 0 && k.suits(m, &k.recruitments[k.slots[s].recruitment]) && k.book(s, m, state) {
			return
		}
	}
}

func (k *desk) suits(model int, rec *recruitment) bool {
	m := &k.models[model]
	return (rec.gender == "any" || rec.gender == m.gender) && (len(rec.hairLengths) == 0 || slices.Contains(rec.hairLengths, m.hairLength))
}

// book makes one booking with its history. It reports false if the model already
// has one for the recruitment, or either party has no time.
func (k *desk) book(s, model int, state bookings.State) bool {
	at := &k.slots[s]
	rec := &k.recruitments[at.recruitment]
	pair := [2]int{model, at.recruitment}
	takes := slices.Contains([]bookings.State{bookings.Confirmed, bookings.Offered, bookings.Completed, bookings.NoShow}, state)
	if k.pairs[pair] || (takes && !k.haveTime(s, model)) {
		return false
	}
	h := history{desk: k, slot: at, booking: booking{slot: s, model: model, state: state}, number: len(k.bookings), until: earliest(k.now, at.starts)}
	if !h.tell(rec) {
		return false
	}
	if takes {
		at.held++
		k.ofStylist[rec.stylist] = append(k.ofStylist[rec.stylist], s)
		k.ofModel[model] = append(k.ofModel[model], s)
	}
	if state == bookings.Offered || state == bookings.Confirmed {
		at.taken++
	}
	k.pairs[pair] = true
	rec.bookings++
	k.bookings = append(k.bookings, h.booking)
	k.events = append(k.events, h.events...)
	return true
}

// haveTime reports whether the slot has a free seat and neither party another
// booking at that time; a stylist's bookings may share a slot.
func (k *desk) haveTime(s, model int) bool {
	at := &k.slots[s]
	overlaps := func(other int) bool {
		return k.slots[other].starts.Before(at.ends) && at.starts.Before(k.slots[other].ends)
	}
	others := slices.DeleteFunc(slices.Clone(k.ofStylist[k.recruitments[at.recruitment].stylist]), func(other int) bool { return other == s })
	return at.held < at.capacity && !slices.ContainsFunc(others, overlaps) && !slices.ContainsFunc(k.ofModel[model], overlaps)
}

// history is a booking on its way to its state.
type history struct {
	*desk
	slot    *slot
	booking booking
	number  int
	until   time.Time // the latest time for what happens before the start
	events  []event
}

func (h *history) add(state bookings.State, by string, at time.Time, reason string) {
	h.events = append(h.events, event{h.number, state, by, reason, at})
	if len(h.events) == 1 {
		h.booking.created = at
	}
	h.booking.updated = at
}

// next returns a time after what has happened so far.
func (h *history) next() time.Time { return h.between(h.booking.updated.Add(time.Minute), h.until) }

// tell makes the events, and reports whether there was time for them.
func (h *history) tell(rec *recruitment) bool {
	h.booking.message = pick(h.dice, applications)
	first := h.between(rec.published.Add(time.Minute), h.until.Add(-time.Hour))
	if !first.Before(h.until.Add(-10 * time.Minute)) {
		return false
	}
	switch h.booking.state {
	case bookings.Applied, bookings.Waitlisted:
		h.add(h.booking.state, byModel, first, "")
	case bookings.Offered:
		h.offer(rec)
	case bookings.Confirmed:
		h.confirm(rec, first)
	case bookings.Declined:
		h.add(bookings.Applied, byModel, first, "")
		h.add(bookings.Declined, byStylist, h.next(), pick(h.dice, declineReasons))
	case bookings.Withdrawn:
		h.add(bookings.Applied, byModel, first, "")
		h.add(bookings.Withdrawn, byModel, h.next(), "")
	case bookings.Expired:
		return h.expire(rec, first)
	case bookings.Cancelled:
		h.confirm(rec, first)
		h.cancel(rec)
	case bookings.Completed:
		h.confirm(rec, first)
		h.complete()
	case bookings.NoShow:
		h.confirm(rec, first)
		who := byModel
		h.booking.noShowBy = &who
		h.add(bookings.NoShow, byStylist, h.between(h.slot.starts.Add(30*time.Minute), h.slot.ends), "")
	}
	return true
}

func (h *history) confirm(rec *recruitment, first time.Time) {
	if rec.instantBook {
		h.add(bookings.Confirmed, byModel, first, "")
		return
	}
	h.add(bookings.Applied, byModel, first, "")
	h.add(bookings.Confirmed, byStylist, h.next(), "")
}

// offer makes an offer of the last hours, so that it still holds.
func (h *history) offer(rec *recruitment) {
	from := h.now.Add(-12 * time.Hour)
	if rec.published.After(from) {
		from = rec.published
	}
	at := h.between(from, h.now)
	expires := earliest(at.Add(offerTime), h.slot.starts)
	h.booking.expires = &expires
	h.booking.message = pick(h.dice, invitations)
	h.add(bookings.Offered, byStylist, at, "")
}

// expire makes an offer that nobody took or, if the slot has started, an
// application that nobody answered.
func (h *history) expire(rec *recruitment, first time.Time) bool {
	if h.slot.starts.Before(h.now) {
		h.add(bookings.Applied, byModel, first, "")
		h.add(bookings.Expired, bySystem, h.slot.starts, "")
		return true
	}
	latest := h.now.Add(-offerTime - time.Hour)
	if rec.published.After(latest) {
		return false
	}
	at := h.between(rec.published, latest)
	h.booking.message = pick(h.dice, invitations)
	h.add(bookings.Offered, byStylist, at, "")
	h.add(bookings.Expired, bySystem, at.Add(offerTime), "")
	return true
}

func (h *history) cancel(rec *recruitment) {
	by := byModel
	if h.chance(30) {
		by = byStylist
	}
	at := h.next()
	late := h.slot.starts.Sub(at) < time.Duration(rec.noticeHours)*time.Hour
	h.booking.cancelledBy, h.booking.late = &by, &late
	h.add(bookings.Cancelled, by, at, pick(h.dice, cancelReasons[by]))
}

func (h *history) complete() {
	if due := h.slot.ends.Add(completeTime); due.Before(h.now) && h.chance(30) {
		h.add(bookings.Completed, bySystem, due, "")
		return
	}
	h.add(bookings.Completed, byStylist, h.between(h.slot.ends, h.slot.ends.Add(time.Hour)), "")
}
