package recruitments_test

import (
	"slices"
	"strings"
	"testing"

	"freety/routes/routestest"
)

func TestADraftIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	draftID := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	stylist.Get(path("%d", draftID)).Want(200)
	for _, c := range []routestest.Client{s.Anyone(), s.Model(), s.Stylist()} {
		c.Get(path("%d", draftID)).Problem(404, "not_found")
	}
	s.Stylist().Post(path("%d/publish", draftID), nil).Problem(404, "not_found")
	s.Stylist().Call("PATCH", path("%d", draftID), object{"fee": 0}).Problem(404, "not_found")
	s.Model().Call("PUT", path("%d/favorite", draftID), nil).Problem(404, "not_found")
}

func TestOthersSeeTheRoundedPointAndNoDetail(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	open := publish(t, stylist)
	for _, c := range []routestest.Client{s.Anyone(), s.Model(), s.Stylist()} {
		answer := c.Get(path("%d", open)).Want(200)
		venue := answer.JSON()["venue"].(object)
		if venue["lat"] != 37.5 || venue["lng"] != 127.036 || strings.Contains(string(answer.Body), "테헤란로") {
			t.Errorf("%s", answer.Body)
		}
		if actions := answer.JSON()["allowedActions"]; slices.Contains(actions.([]any), any("close")) {
			t.Errorf("allowed to a stranger: %v", actions)
		}
	}
	if venue := stylist.Get(path("%d", open)).JSON()["venue"].(object); venue["lat"] != 37.50063 || venue["detail"] != "테헤란로 123" {
		t.Errorf("the owner sees %v", venue)
	}
}

func TestAMalformedOrUnknownIDIsNotFound(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	for _, bad := range []string{"0", "-1", "abc", "1.5", "99999999999999999999", "404"} {
		s.Anyone().Get(path("%s", bad)).Problem(404, "not_found")
	}
}
