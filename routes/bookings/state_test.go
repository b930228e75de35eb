package bookings

import (
	"fmt"
	"testing"
	"time"
)

var (
	start  = time.Date(2031, 3, 4, 3, 0, 0, 0, time.UTC)
	before = Times{Now: start.Add(-time.Hour), StartsAt: start, EndsAt: start.Add(2 * time.Hour)}
	during = Times{Now: start, StartsAt: start, EndsAt: start.Add(2 * time.Hour)}
	after  = Times{Now: start.Add(2 * time.Hour), StartsAt: start, EndsAt: start.Add(2 * time.Hour)}
)

func TestTheMachineAllowsJustThis(t *testing.T) {
	states := []State{Applied, Waitlisted, Offered, Confirmed, Declined, Withdrawn, Expired, Cancelled, Completed, NoShow}
	actions := []Action{Accept, Decline, Withdraw, Cancel, Complete}
	times := map[string]Times{"before": before, "during": during, "after": after}
	want := map[string]State{
		"stylist accept applied before":     Confirmed,
		"model accept offered before":       Confirmed,
		"stylist decline applied before":    Declined,
		"stylist decline applied during":    Declined,
		"stylist decline applied after":     Declined,
		"stylist decline waitlisted before": Declined,
		"stylist decline waitlisted during": Declined,
		"stylist decline waitlisted after":  Declined,
		"model decline offered before":      Declined,
		"model decline offered during":      Declined,
		"model decline offered after":       Declined,
		"model withdraw applied before":     Withdrawn,
		"model withdraw applied during":     Withdrawn,
		"model withdraw applied after":      Withdrawn,
		"model withdraw waitlisted before":  Withdrawn,
		"model withdraw waitlisted during":  Withdrawn,
		"model withdraw waitlisted after":   Withdrawn,
		"stylist withdraw offered before":   Withdrawn,
		"stylist withdraw offered during":   Withdrawn,
		"stylist withdraw offered after":    Withdrawn,
		"stylist cancel confirmed before":   Cancelled,
		"model cancel confirmed before":     Cancelled,
		"stylist complete confirmed after":  Completed,
	}
	for _, party := range []Party{Stylist, Model} {
		for _, action := range actions {
			for _, state := range states {
				for name, at := range times {
					move := fmt.Sprint(party, " ", action, " ", state, " ", name)
					to, answer := next(action, party, state, at)
					if wanted, ok := want[move]; ok != (answer == allowed) || (ok && to != wanted) {
						t.Errorf("%s: %s (verdict %d)", move, to, answer)
					}
					if answer != allowed && to != state {
						t.Errorf("%s: refused, and yet %s", move, to)
					}
					delete(want, move)
				}
			}
		}
	}
	for move := range want {
		t.Errorf("%s was not tried", move)
	}
}

func TestTheWrongPartyIsToldSo(t *testing.T) {
	for _, c := range []struct {
		action Action
		by     Party
		state  State
		at     Times
		want   verdict
	}{
		{Accept, Model, Applied, before, wrongActor},
		{Accept, Stylist, Offered, before, wrongActor},
		{Accept, Model, Confirmed, before, wrongState},
		{Accept, Stylist, Applied, during, wrongState},
		{Withdraw, Stylist, Applied, before, wrongActor},
		{Complete, Model, Confirmed, after, wrongActor},
		{Complete, Model, Declined, after, wrongActor},
		{Complete, Stylist, Confirmed, during, wrongState},
		{Cancel, Model, Confirmed, during, wrongState},
	} {
		if _, got := next(c.action, c.by, c.state, c.at); got != c.want {
			t.Errorf("%s by %s in %s: verdict %d, want %d", c.action, c.by, c.state, got, c.want)
		}
	}
}

func TestAnOfferHoldsUntilItExpires(t *testing.T) {
	expiry := before.Now
	at := before
	at.ExpiresAt = &expiry
	if _, got := next(Accept, Model, Offered, at); got != wrongState {
		t.Errorf("at its expiry: verdict %d", got)
	}
	at.Now = expiry.Add(-time.Microsecond)
	if _, got := next(Accept, Model, Offered, at); got != allowed {
		t.Errorf("just before: verdict %d", got)
	}
}

func TestALateCancellationIsInsideTheNotice(t *testing.T) {
	for hours, want := range map[int]bool{0: false, 1: false, 2: true} {
		if got := before.late(hours); got != want {
			t.Errorf("an hour before the start with a notice of %d: %v", hours, got)
		}
	}
}

func TestAllowedActionsAreWhatTheMachineAllows(t *testing.T) {
	for _, c := range []struct {
		by    Party
		state State
		at    Times
		want  string
	}{
		{Stylist, Applied, before, "[accept decline]"}, {Model, Applied, before, "[withdraw]"},
		{Model, Offered, before, "[accept decline]"}, {Stylist, Offered, before, "[withdraw]"},
		{Stylist, Confirmed, before, "[cancel]"}, {Stylist, Confirmed, during, "[]"}, {Stylist, Confirmed, after, "[complete]"},
		{Model, Completed, after, "[]"},
	} {
		if got := fmt.Sprint(allowedActions(c.by, c.state, c.at)); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.by, c.state, got, c.want)
		}
	}
}
