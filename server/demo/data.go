package demo

import (
	"time"

	"freety/routes/api"
	"freety/routes/bookings"
	"freety/routes/catalogue"
	"freety/routes/recruitments"
)

// Plan says what to make. The same plan makes the same data.
type Plan struct {
	Seed                           uint64
	Stylists, Models, Recruitments int
	Now                            time.Time
	// Email is the address of the nth stylist or model, from 0.
	Email func(role string, n int) string
	// Pictures are what photos show; without any there are no photos.
	Pictures []Picture
	// Salt changes the names of photos, which otherwise depend on the pictures.
	Salt string
}

// Data is a set of people, recruitments and bookings that fit together. It
// refers to its own parts by their indices; Insert gives them ids.
type Data struct {
	now          time.Time
	accounts     []account // the stylists, then the models
	stylists     []stylist
	models       []model
	photos       []photo
	recruitments []recruitment
	slots        []slot
	favorites    []favorite
	bookings     []booking
	events       []event
}

type account struct {
	role, name, email string
	born, created     time.Time
	avatar            int // -1 for none
}

type stylist struct {
	account                      int
	affiliation, affiliationName string
	months                       int
	status, career               string
	services                     []catalogue.Service
	venue                        recruitments.Venue
	published                    []int // recruitments
}

type model struct {
	account            int
	gender, hairLength string
	history, districts []string
	wanted             []catalogue.Service
	status             string
	discoverable       bool
}

type photo struct {
	owner   int // account
	picture *Picture
	name    string
	created time.Time
}

type recruitment struct {
	stylist            int
	state, title, body string
	services           []catalogue.Service
	fee                int
	gender             string
	hairLengths        []string
	venue              recruitments.Venue
	noticeHours        int
	instantBook        bool
	photos             []int
	minutes            int  // of a slot
	passed             bool // its slots are to have passed
	slots              []int
	favorites          int
	bookings           int
	published          time.Time // zero for a draft
	created            time.Time
}

type slot struct {
	recruitment    int
	starts, ends   time.Time
	capacity, held int // held: seats of bookings that take the slot's time
	taken          int
}

type favorite struct {
	model, recruitment int
	created            time.Time
}

type booking struct {
	slot, model      int
	state            bookings.State
	message          string
	expires          *time.Time
	cancelledBy      *string
	late             *bool
	noShowBy         *string
	created, updated time.Time
}

type event struct {
	booking int
	state   bookings.State
	by      string // stylist, model or system
	reason  string
	at      time.Time
}

var zone = api.Zone(api.DefaultZone)

// Generate makes what the plan says. The first stylist has recruitments that
// models have applied for, the first model a booking to come.
func Generate(p Plan) *Data {
	d := &Data{now: p.Now.UTC().Truncate(time.Second)}
	d.addPeople(newDice(p.Seed, peopleStream), p)
	d.addRecruitments(newDice(p.Seed, recruitmentStream), newDice(p.Seed, slotStream), p.Recruitments)
	d.addPhotos(newDice(p.Seed, pictureStream), p)
	r := newDice(p.Seed, bookingStream)
	d.addFavorites(r)
	d.addBookings(r)
	return d
}

// Counts is how many of each kind there are.
type Counts struct {
	Stylists, Models, Recruitments, Slots, Photos, Favorites, Bookings int
}

// Counts returns how many of each kind there are.
func (d *Data) Counts() Counts {
	return Counts{len(d.stylists), len(d.models), len(d.recruitments), len(d.slots), len(d.photos), len(d.favorites), len(d.bookings)}
}

func (d *Data) account(role, email, name string, born, created time.Time) int {
	d.accounts = append(d.accounts, account{role: role, name: name, email: email, born: born, created: created, avatar: -1})
	return len(d.accounts) - 1
}
