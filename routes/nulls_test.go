package routes_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"freety/routes/api"
	"freety/routes/routestest"
)

// nulls returns a body for each place in which a schema could have a null, by the
// location of the null, and notes those places where it may have one.
func nulls(schemas, schema object, location string, within func(any) any, bodies map[string]any, nullable map[string]bool) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(object)
	}
	bodies[location] = within(nil)
	types, _ := schema["type"].([]any)
	either, _ := schema["anyOf"].([]any)
	nullable[location] = slices.Contains(types, any("null")) || slices.ContainsFunc(either, func(one any) bool { return one.(object)["type"] == "null" })
	properties, _ := schema["properties"].(object)
	for name, property := range properties {
		nulls(schemas, property.(object), location+"."+name, func(v any) any { return within(object{name: v}) }, bodies, nullable)
	}
	if items, ok := schema["items"].(object); ok {
		nulls(schemas, items, location+"[0]", func(v any) any { return within([]any{v}) }, bodies, nullable)
	}
}

func TestNullIsRefusedWhereNothingCanBeCleared(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "confirmed")
	document := s.API.Document()
	schemas := document["components"].(object)["schemas"].(object)
	refused, taken := 0, 0
	for path, item := range document["paths"].(object) {
		for method, op := range item.(object) {
			body, _ := op.(object)["requestBody"].(object)
			content, _ := body["content"].(object)
			for mediaType, described := range content {
				if !strings.HasSuffix(mediaType, "json") {
					continue
				}
				bodies, nullable := map[string]any{}, map[string]bool{}
				nulls(schemas, described.(object)["schema"].(object), "body", func(v any) any { return v }, bodies, nullable)
				for location, body := range bodies {
					text, err := json.Marshal(body)
					if err != nil {
						t.Fatal(err)
					}
					mayAsk := false
					for _, who := range []string{"owner", "other party"} {
						answer := w.callers[who].Call(strings.ToUpper(method), w.fill(path), string(text), "Content-Type: "+mediaType)
						if answer.Status == http.StatusForbidden {
							continue
						}
						mayAsk = true
						var there []string
						if answer.Status == http.StatusUnprocessableEntity {
							for _, fault := range routestest.Into[api.Problem](answer).Errors {
								if fault.Location == location {
									there = append(there, fault.Code)
								}
							}
						}
						isRefused := slices.Equal(there, []string{"not_nullable"})
						if isRefused == nullable[location] || !isRefused && slices.Contains(there, "not_nullable") {
							t.Errorf("%s %s: a null at %s: %d, with the faults %v", method, path, location, answer.Status, there)
						}
						if isRefused {
							refused++
						} else {
							taken++
						}
					}
					if !mayAsk {
						t.Errorf("%s %s: nobody may ask", method, path)
					}
				}
			}
		}
	}
	if refused < 150 || taken < 20 {
		t.Errorf("%d nulls had to be refused, and %d taken", refused, taken)
	}
}

// A body that is right but for one null must be refused too.
func TestANullAloneIsRefused(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	good := func(change object) object {
		body := object{"title": "컷 모델", "body": "", "services": []string{"cut"}, "fee": 0, "venue": object{"province": "서울특별시", "district": "강남구"}}
		for name, value := range change {
			body[name] = value
		}
		return body
	}
	slot := func(name string) object {
		slot := object{"startsAt": "2031-03-05T10:00:00+09:00", "endsAt": "2031-03-05T11:00:00+09:00", "capacity": 1}
		slot[name] = nil
		return good(object{"slots": []object{slot}})
	}
	owner, model := w.callers["owner"], w.callers["other model"]
	owner.Post("/v1/recruitments", good(object{"noticeHours": nil})).Faults("body.noticeHours")
	owner.Post("/v1/recruitments", good(object{"slots": nil})).Faults("body.slots")
	owner.Post("/v1/recruitments", good(object{"title": nil})).Faults("body.title")
	owner.Post("/v1/recruitments", good(object{"hairLengthsWanted": []any{"bob", nil}})).Faults("body.hairLengthsWanted[1]")
	owner.Post("/v1/recruitments", good(object{"venue": object{"province": "서울특별시", "district": "강남구", "detail": nil}})).Faults("body.venue.detail")
	for _, name := range []string{"startsAt", "endsAt", "capacity"} {
		owner.Post("/v1/recruitments", slot(name)).Faults("body.slots[0]." + name)
	}
	path := w.fill("/v1/recruitments/{id}")
	owner.Call("PATCH", path, object{"fee": nil}).Faults("body.fee")
	owner.Call("PATCH", path, object{"fee": 1, "venue": object{"zone": nil, "detail": nil}}).Faults("body.venue.zone")
	owner.Call("PATCH", path, "null").Faults("body")
	owner.Post(path+"/close", "null").Faults("body")
	model.Post(path+"/bookings", object{"slotId": w.slot, "message": nil}).Faults("body.message")
	model.Call("PATCH", "/v1/me/profile", object{"hairHistory": []any{nil}, "discoverable": nil, "gender": nil}).Faults("body.discoverable", "body.hairHistory[0]")
	if fee := owner.Get(path).JSON()["fee"]; fmt.Sprint(fee) != "0" {
		t.Errorf("a patch that was refused has set the fee to %v", fee)
	}
}
