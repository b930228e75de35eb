package bookings_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"freety/routes/routestest"
)

func actions(of any) (names []string) {
	for _, name := range of.(object)["allowedActions"].([]any) {
		names = append(names, name.(string))
	}
	return names
}

// wantTrue tries everything that a model may be allowed to do, and fails unless
// just what is listed does something. It leaves everything as it was.
func wantTrue(t *testing.T, s *routestest.Server, model routestest.Client, r recruitment) {
	t.Helper()
	detail := model.Get(r.path("")).Want(http.StatusOK).JSON()
	listed, inSlots := actions(detail), map[string]bool{}
	for i, slot := range detail["slots"].([]any) {
		for action, with := range map[string]object{"apply": {}, "waitlist": {"waitlist": true}} {
			answer := apply(model, r, i, with)
			works := false
			if answer.Status == http.StatusCreated {
				made := answer.JSON()
				works = (made["state"] == "waitlisted") == (action == "waitlist")
				end := map[bool]string{true: "/cancel", false: "/withdraw"}[made["state"] == "confirmed"]
				model.Post(booking(id(answer), end), nil).Want(http.StatusOK)
			}
			if says := slices.Contains(actions(slot), action); says != works {
				t.Errorf("slot %d lists %v, but %s: %d %s", i, actions(slot), action, answer.Status, answer.Body)
			}
			inSlots[action] = inSlots[action] || works
		}
	}
	for action, works := range inSlots {
		if slices.Contains(listed, action) != works {
			t.Errorf("it lists %v, its slots %v", listed, inSlots)
		}
	}
	kept := func() int {
		return s.Count("SELECT favorite_count FROM recruitments WHERE id = ?", r.id)
	}
	undo := map[string]string{"PUT": "DELETE", "DELETE": "PUT"}
	for method, action := range map[string]string{"PUT": "favorite", "DELETE": "unfavorite"} {
		before := kept()
		model.Call(method, r.path("/favorite"), nil).Want(http.StatusNoContent)
		works := kept() != before
		if slices.Contains(listed, action) != works {
			t.Errorf("it lists %v, but %s changes something: %v", listed, action, works)
		}
		if works {
			model.Call(undo[method], r.path("/favorite"), nil).Want(http.StatusNoContent)
		}
	}
}

func TestAModelMayDoJustWhatIsListed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	instant := object{"instantBook": true}
	// At the hours after the first day, for as many as capacity.
	at := func(from, to float64, capacity int) object {
		start := routestest.Start.Add(24 * time.Hour)
		hours := func(h float64) time.Time { return start.Add(time.Duration(h * float64(time.Hour))) }
		return object{"slots": []object{{"startsAt": hours(from), "endsAt": hours(to), "capacity": capacity}}}
	}
	fill := func(stylist routestest.Client, r recruitment, slot int) {
		made := apply(s.Model(), r, slot).Want(http.StatusCreated)
		if made.JSON()["state"] == "applied" {
			stylist.Post(booking(id(made), "/accept"), nil).Want(http.StatusOK)
		}
	}
	for name, c := range map[string]struct {
		make func(stylist, model routestest.Client) recruitment
		want string
	}{
		"open": {func(stylist, _ routestest.Client) recruitment { return open(t, stylist, 2) }, "[apply favorite] [apply] [apply]"},
		"kept": {func(stylist, model routestest.Client) recruitment {
			r := open(t, stylist, 1)
			model.Call("PUT", r.path("/favorite"), nil).Want(http.StatusNoContent)
			return r
		}, "[apply unfavorite] [apply]"},
		"closed": {func(stylist, _ routestest.Client) recruitment {
			r := open(t, stylist, 1)
			stylist.Post(r.path("/close"), nil).Want(http.StatusOK)
			return r
		}, "[favorite] []"},
		"one slot full": {func(stylist, _ routestest.Client) recruitment {
			r := open(t, stylist, 2)
			fill(stylist, r, 0)
			return r
		}, "[apply waitlist favorite] [waitlist] [apply]"},
		"full": {func(stylist, _ routestest.Client) recruitment {
			r := open(t, stylist, 1, instant)
			fill(stylist, r, 0)
			return r
		}, "[waitlist favorite] [waitlist]"},
		"full and at the time of another booking": {func(stylist, model routestest.Client) recruitment {
			r := open(t, stylist, 1, instant)
			fill(stylist, r, 0)
			id(apply(model, open(t, s.Stylist(), 1, instant), 0))
			return r
		}, "[waitlist favorite] [waitlist]"},
		"applied": {func(stylist, model routestest.Client) recruitment {
			r := open(t, stylist, 2)
			id(apply(model, r, 0))
			return r
		}, "[favorite] [] []"},
		"waitlisted": {func(stylist, model routestest.Client) recruitment {
			r := open(t, stylist, 2)
			fill(stylist, r, 0)
			id(apply(model, r, 0, object{"waitlist": true}))
			return r
		}, "[favorite] [] []"},
		"confirmed": {func(stylist, model routestest.Client) recruitment {
			r := open(t, stylist, 2, instant)
			id(apply(model, r, 0))
			return r
		}, "[favorite] [] []"},
		"withdrawn": {func(stylist, model routestest.Client) recruitment {
			r := open(t, stylist, 1)
			model.Post(booking(id(apply(model, r, 0)), "/withdraw"), nil).Want(http.StatusOK)
			return r
		}, "[apply favorite] [apply]"},
		"instant": {func(stylist, _ routestest.Client) recruitment { return open(t, stylist, 1, instant) }, "[apply favorite] [apply]"},
		"instant at the time of another booking of the model": {func(stylist, model routestest.Client) recruitment {
			id(apply(model, open(t, s.Stylist(), 1, instant, at(1, 3, 1)), 0))
			return open(t, stylist, 2, instant)
		}, "[apply favorite] [] [apply]"},
		"asking at the time of another booking of the model": {func(stylist, model routestest.Client) recruitment {
			id(apply(model, open(t, s.Stylist(), 1, instant, at(1, 3, 1)), 0))
			return open(t, stylist, 1)
		}, "[apply favorite] [apply]"},
		"instant at the time of an application of the model": {func(stylist, model routestest.Client) recruitment {
			id(apply(model, open(t, s.Stylist(), 1, at(1, 3, 1)), 0))
			return open(t, stylist, 1, instant)
		}, "[apply favorite] [apply]"},
		"instant at the time of another booking of the stylist": {func(stylist, _ routestest.Client) recruitment {
			fill(stylist, open(t, stylist, 1, instant, at(-1, 0.5, 1)), 0)
			return open(t, stylist, 2, instant)
		}, "[apply favorite] [] [apply]"},
		"instant right after another booking": {func(stylist, model routestest.Client) recruitment {
			id(apply(model, open(t, stylist, 1, instant, at(-1, 0, 1)), 0))
			return open(t, stylist, 1, instant)
		}, "[apply favorite] [apply]"},
		"instant beside another model in one slot": {func(stylist, _ routestest.Client) recruitment {
			r := open(t, stylist, 1, instant, at(0, 2, 2))
			fill(stylist, r, 0)
			return r
		}, "[apply favorite] [apply]"},
	} {
		stylist, model := s.Stylist(), s.Model()
		r := c.make(stylist, model)
		t.Run(name, func(t *testing.T) {
			detail := model.Get(r.path("")).Want(http.StatusOK).JSON()
			got := fmt.Sprint(actions(detail))
			for _, slot := range detail["slots"].([]any) {
				got += " " + fmt.Sprint(actions(slot))
			}
			if got != c.want {
				t.Errorf("%s is listed, want %s", got, c.want)
			}
			wantTrue(t, s, model, r)
		})
	}
	audit(t, s)
}

func TestWhatIsListedEndsWithTheStartOfASlot(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	asked, instant := open(t, stylist, 2), open(t, s.Stylist(), 2, object{"instantBook": true})
	for _, want := range []string{"[apply favorite]", "[apply favorite]", "[favorite]", "[favorite]"} {
		for _, r := range []recruitment{asked, instant} {
			if got := fmt.Sprint(actions(model.Get(r.path("")).Want(http.StatusOK).JSON())); got != want {
				t.Errorf("at %s %s is listed, want %s", s.Clock.Now(), got, want)
			}
			wantTrue(t, s, model, r)
		}
		s.Clock.Move(24 * time.Hour) // to the very start of the next slot
	}
	audit(t, s)
}

func TestOthersThanModelsAreToldNothingToApplyFor(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 1)
	for who, want := range map[*routestest.Client]string{
		new(stylist): "[close]", new(s.Stylist()): "[]", new(s.Anyone()): "[]",
	} {
		detail := who.Get(r.path("")).Want(http.StatusOK).JSON()
		if got := fmt.Sprint(actions(detail)); got != want || len(actions(detail["slots"].([]any)[0])) != 0 {
			t.Errorf("%s is listed, want %s: %v", got, want, detail["slots"])
		}
	}
	unpublished := open(t, stylist, 1, object{"publish": false})
	s.Model().Get(unpublished.path("")).Problem(http.StatusNotFound, "not_found")
	apply(s.Model(), unpublished, 0).Problem(http.StatusNotFound, "not_found")
}
