package bookings

import (
	"slices"
	"time"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

// State is the state of a booking.
type State string

// The states of a booking; the first four are live.
const (
	Applied    State = "applied"
	Waitlisted State = "waitlisted"
	Offered    State = "offered"
	Confirmed  State = "confirmed"
	Declined   State = "declined"
	Withdrawn  State = "withdrawn"
	Expired    State = "expired"
	Cancelled  State = "cancelled"
	Completed  State = "completed"
	NoShow     State = "no_show"
)

// Schema implements huma.SchemaProvider.
func (State) Schema(huma.Registry) *huma.Schema {
	return api.Enum("BookingState", "applied: the stylist is asked; waitlisted: waits for a seat; offered: the model is asked; confirmed: both agree; declined: by who was asked; withdrawn: by who asked; expired: not answered in time; cancelled: after it was confirmed; completed: it took place; no_show: one of them did not come.", Applied, Waitlisted, Offered, Confirmed, Declined, Withdrawn, Expired, Cancelled, Completed, NoShow)
}

// live are the states in which a booking may still take place.
var live = []State{Applied, Waitlisted, Offered, Confirmed}

// holdsSeat reports whether a booking in that state takes a seat of its slot and
// the time of its model and stylist.
func (s State) holdsSeat() bool { return s == Offered || s == Confirmed }

// Action is something that a party does to a booking, named like its route.
type Action string

// The actions on a booking.
const (
	Accept   Action = "accept"
	Decline  Action = "decline"
	Withdraw Action = "withdraw"
	Cancel   Action = "cancel"
	Complete Action = "complete"
)

// Schema implements huma.SchemaProvider.
func (Action) Schema(huma.Registry) *huma.Schema {
	return api.Enum("BookingAction", "What a party can do to a booking, by the names of the routes.", Accept, Decline, Withdraw, Cancel, Complete)
}

// Party is who acts on a booking.
type Party string

// The parties of a booking.
const (
	Stylist Party = "stylist"
	Model   Party = "model"
)

// Schema implements huma.SchemaProvider.
func (Party) Schema(huma.Registry) *huma.Schema {
	return api.Enum("BookingParty", "A party of a booking.", Stylist, Model)
}

// Times are what a transition depends on besides the state.
type Times struct {
	Now, StartsAt, EndsAt time.Time
	ExpiresAt             *time.Time // of an offer
}

func (t Times) beforeStart() bool { return t.Now.Before(t.StartsAt) }
func (t Times) afterEnd() bool    { return !t.Now.Before(t.EndsAt) }
func (t Times) beforeExpiry() bool {
	return t.beforeStart() && (t.ExpiresAt == nil || t.Now.Before(*t.ExpiresAt))
}
func (t Times) whenever() bool       { return true }
func (t Times) late(notice int) bool { return t.StartsAt.Sub(t.Now) < time.Duration(notice)*time.Hour }

type transition struct {
	action Action
	by     []Party
	from   []State
	to     State
	when   func(Times) bool
}

// transitions are all those of the state machine that people cause.
var transitions = []transition{
	{Accept, []Party{Stylist}, []State{Applied}, Confirmed, Times.beforeStart},
	{Accept, []Party{Model}, []State{Offered}, Confirmed, Times.beforeExpiry},
	{Decline, []Party{Stylist}, []State{Applied, Waitlisted}, Declined, Times.whenever},
	{Decline, []Party{Model}, []State{Offered}, Declined, Times.whenever},
	{Withdraw, []Party{Model}, []State{Applied, Waitlisted}, Withdrawn, Times.whenever},
	{Withdraw, []Party{Stylist}, []State{Offered}, Withdrawn, Times.whenever},
	{Cancel, []Party{Stylist, Model}, []State{Confirmed}, Cancelled, Times.beforeStart},
	{Complete, []Party{Stylist}, []State{Confirmed}, Completed, Times.afterEnd},
}

// verdict is what the machine says about an action.
type verdict int

const (
	allowed verdict = iota
	wrongActor
	wrongState
)

// next returns the state after an action. The verdict is wrongActor if in this
// state only the other party can do it, or this party never can, and wrongState
// if it cannot be done now.
func next(action Action, by Party, state State, at Times) (State, verdict) {
	answer := wrongState
	for _, t := range transitions {
		if t.action != action || !slices.Contains(t.from, state) {
			continue
		}
		if !slices.Contains(t.by, by) {
			answer = wrongActor
			continue
		}
		if t.when(at) {
			return t.to, allowed
		}
		return state, wrongState
	}
	if answer == wrongState && !canEver(action, by) {
		answer = wrongActor
	}
	return state, answer
}

func canEver(action Action, by Party) bool {
	return slices.ContainsFunc(transitions, func(t transition) bool { return t.action == action && slices.Contains(t.by, by) })
}

// allowedActions returns what a party may do now, in the order of transitions.
func allowedActions(by Party, state State, at Times) []Action {
	actions := []Action{}
	for _, t := range transitions {
		if _, answer := next(t.action, by, state, at); answer == allowed && !slices.Contains(actions, t.action) {
			actions = append(actions, t.action)
		}
	}
	return actions
}
