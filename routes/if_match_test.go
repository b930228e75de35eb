package routes_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"freety/routes/api"
	"freety/routes/routestest"
)

func etag(a routestest.Answer) string { return a.Want(http.StatusOK).Header.Get("ETag") }

// version is the part of a strong ETag that If-Match compares.
func version(t *testing.T, tag string) string {
	t.Helper()
	version, hash, ok := strings.Cut(strings.Trim(tag, `"`), "-")
	if !ok || !strings.HasPrefix(tag, `"`) || version == "" || hash == "" {
		t.Fatalf("%s is no strong ETag with a version", tag)
	}
	return version
}

func patchIf(c routestest.Client, path, tag string, body any) routestest.Answer {
	return c.Call("PATCH", path, body, "If-Match: "+tag)
}

func TestTwoDevicesDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	for path, c := range map[string]struct {
		who           routestest.Client
		first, second object
	}{
		w.fill("/v1/recruitments/{id}"): {w.callers["owner"], object{"fee": 1000}, object{"title": "펌 모델"}},
		"/v1/me/profile":                {w.callers["other model"], object{"hairLength": "bob"}, object{"statusMessage": "안녕하세요"}},
	} {
		both := etag(c.who.Get(path))
		patched := patchIf(c.who, path, both, c.first)
		patchIf(c.who, path, both, c.second).Problem(http.StatusPreconditionFailed, "changed_meanwhile")
		if read := etag(c.who.Get(path)); etag(patched) != read {
			t.Errorf("%s: the PATCH answers %s, the GET %s", path, etag(patched), read)
		}
		patchIf(c.who, path, etag(patched), c.second).Want(http.StatusOK)
		patchIf(c.who, path, etag(patched), c.first).Problem(http.StatusPreconditionFailed, "changed_meanwhile")
		// Who does not ask is not refused.
		c.who.Call("PATCH", path, c.first).Want(http.StatusOK)
	}
	mine := s.Stylist()
	old := etag(mine.Get("/v1/me/profile"))
	patchIf(mine, "/v1/me/profile", old, object{"career": "3년차"}).Want(http.StatusOK)
	patchIf(mine, "/v1/me/profile", old, object{"career": "4년차"}).Problem(http.StatusPreconditionFailed, "changed_meanwhile")
}

func TestADeletionIsRefusedWhenItHasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	owner, path := w.callers["owner"], w.fill("/v1/recruitments/{id}")
	seen := etag(owner.Get(path))
	now := etag(owner.Call("PATCH", path, object{"fee": 1000}))
	owner.Call("DELETE", path, nil, "If-Match: "+seen).Problem(http.StatusPreconditionFailed, "changed_meanwhile")
	w.callers["other stylist"].Call("DELETE", path, nil, "If-Match: "+seen).Problem(http.StatusForbidden, "forbidden")
	owner.Call("DELETE", path, nil, "If-Match: "+now).Want(http.StatusNoContent)
	owner.Call("DELETE", path, nil, "If-Match: "+now).Problem(http.StatusNotFound, "not_found")
	patchIf(owner, path, now, object{"fee": 1}).Problem(http.StatusNotFound, "not_found")
}

func TestIfMatchIsReadAsTheStandardSays(t *testing.T) {
	t.Parallel()
	stylist := routestest.New(t).Stylist()
	const path = "/v1/me/profile"
	tag := etag(stylist.Get(path))
	for _, matches := range []string{tag, `"other", ` + tag, tag + `,"other"`, `W/"other" , , ` + tag + ",", `"a,b", ` + tag, "*", " * "} {
		patchIf(stylist, path, matches, object{}).Want(http.StatusOK)
	}
	for _, other := range []string{`"other"`, `""`, "W/" + tag, `W/"x", "y"`, `"` + tag[2:], strings.ToUpper(tag)} {
		patchIf(stylist, path, other, object{"career": "x"}).Problem(http.StatusPreconditionFailed, "changed_meanwhile")
	}
	for _, malformed := range []string{"", ",", strings.Trim(tag, `"`), tag + " " + tag, "*, " + tag, `"open`, `w/"x"`, "'x'", `W/`} {
		patchIf(stylist, path, malformed, object{}).Faults("header.If-Match")
	}
}

func TestOfManyChangesOfWhatWasSeenOneHolds(t *testing.T) {
	t.Parallel()
	const racers = 12
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	for path, c := range map[string]struct {
		who    routestest.Client
		change func(int) object
	}{
		w.fill("/v1/recruitments/{id}"): {w.callers["owner"], func(i int) object { return object{"fee": 1000 + i} }},
		"/v1/me/profile":                {w.callers["owner"], func(i int) object { return object{"experienceMonths": 1 + i} }},
	} {
		for range 5 {
			seen := etag(c.who.Get(path))
			answers := make([]routestest.Answer, racers)
			var all sync.WaitGroup
			for i := range racers {
				all.Go(func() { answers[i] = patchIf(c.who, path, seen, c.change(i)) })
			}
			all.Wait()
			won := 0
			for _, a := range answers {
				if a.Status == http.StatusOK {
					won++
				} else {
					a.Problem(http.StatusPreconditionFailed, "changed_meanwhile")
				}
			}
			if won != 1 {
				t.Fatalf("%s: %d of %d changes of the same version held", path, won, racers)
			}
			c.who.Call("PATCH", path, c.change(racers)).Want(http.StatusOK)
		}
	}
}

func TestWhatAPatchDoesNotChangeDoesNotRefuseIt(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	owner, model, path := w.callers["owner"], w.callers["other model"], w.fill("/v1/recruitments/{id}")
	for _, c := range []struct {
		what   string
		happen func()
	}{
		{"a photo is added", func() { w.addPhoto() }},
		{"a photo is deleted", func() { owner.Call("DELETE", w.fill(path+"/photos/{photoId}"), nil).Want(http.StatusNoContent) }},
		{"somebody keeps it", func() { model.Call("PUT", path+"/favorite", nil).Want(http.StatusNoContent) }},
		{"somebody is booked", func() {
			made := model.Post(path+"/bookings", object{"slotId": w.slot}).Want(http.StatusCreated)
			owner.Post(made.Header.Get("Location")+"/accept", nil).Want(http.StatusOK)
		}},
		{"its stylist is rated", func() { s.Exec("UPDATE stylists SET rating = 4.5, review_count = 1 WHERE account_id = ?", owner.ID) }},
		{"it is closed", func() { owner.Post(path+"/close", nil).Want(http.StatusOK) }},
	} {
		before := etag(owner.Get(path))
		c.happen()
		if after := etag(owner.Get(path)); version(t, after) != version(t, before) || after == before {
			t.Errorf("%s: %s is now %s", c.what, before, after)
		}
		patchIf(owner, path, before, object{"title": "커트 모델"}).Want(http.StatusOK)
		owner.Call("PATCH", path, object{"title": "컷 모델"}).Want(http.StatusOK)
	}
}

// What is a property of a patch must count, or two devices overwrite each other.
func TestEachPropertyOfAPatchChangesTheVersion(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	changes := map[string]object{
		"RecruitmentChange": {
			"title": "새 제목", "body": "본문", "services": []string{"perm"}, "fee": 7, "genderWanted": "male", "hairLengthsWanted": []string{"bob"},
			"noticeHours": 3, "instantBook": true,
			"venue": []object{{"province": "부산광역시", "district": "중구"}, {"neighborhood": "남포동"}, {"detail": "1층"}, {"lat": 35.1, "lng": 129.03}, {"zone": "Asia/Tokyo"}},
		},
		"ProfileChange": {
			"affiliation": "salon", "affiliationName": "하나헤어", "experienceMonths": 9, "career": "2년차", "services": []string{"cut"},
			"province": object{"province": "부산광역시", "district": "중구"}, "district": object{"district": "해운대구"}, "statusMessage": "안녕",
			"gender": "female", "hairLength": "long", "hairHistory": []string{"탈색"}, "wantedServices": []string{"cut"}, "districts": []string{"강남구"}, "discoverable": true,
		},
	}
	schemas := table().Document()["components"].(object)["schemas"].(object)
	for schema, values := range changes {
		properties := slices.Sorted(maps.Keys(schemas[schema].(object)["properties"].(object)))
		if !slices.Equal(properties, slices.Sorted(maps.Keys(values))) {
			t.Fatalf("%s has the properties %v", schema, properties)
		}
	}
	try := func(who routestest.Client, path string, patch object) {
		t.Helper()
		before := etag(who.Get(path))
		if after := etag(who.Call("PATCH", path, patch)); version(t, after) == version(t, before) {
			t.Errorf("%s %v: the version stays", path, patch)
		}
	}
	for property, value := range changes["RecruitmentChange"] {
		path := w.fill("/v1/recruitments/{id}")
		if parts, ok := value.([]object); ok {
			for _, part := range parts {
				try(w.callers["owner"], path, object{property: part})
			}
			continue
		}
		try(w.callers["owner"], path, object{property: value})
	}
	for property, value := range changes["ProfileChange"] {
		who := w.callers["other stylist"]
		if slices.Contains([]string{"gender", "hairLength", "hairHistory", "wantedServices", "districts", "discoverable"}, property) {
			who = w.callers["other model"]
		}
		switch property {
		case "district": // goes with its province
		case "province":
			try(who, "/v1/me/profile", value.(object))
			try(who, "/v1/me/profile", changes["ProfileChange"]["district"].(object))
		default:
			try(who, "/v1/me/profile", object{property: value})
		}
	}
}

// The version for others must not let them guess where exactly the venue is.
func TestTheVersionForOthersTellsNothingThatTheyMayNotSee(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	w := newWorld(t, s, "open", "")
	path := w.fill("/v1/recruitments/{id}")
	w.callers["owner"].Call("PATCH", path, object{"venue": object{"lat": 37.50063, "lng": 127.03641, "detail": "1층"}}).Want(http.StatusOK)
	owners, others := etag(w.callers["owner"].Get(path)), etag(s.Anyone().Get(path))
	w.callers["owner"].Call("PATCH", path, object{"venue": object{"lat": 37.50064, "lng": 127.03642, "detail": "2층"}}).Want(http.StatusOK)
	if version(t, etag(s.Anyone().Get(path))) != version(t, others) || version(t, etag(w.callers["owner"].Get(path))) == version(t, owners) {
		t.Error("the version is not of what the caller sees")
	}
}

func TestAPageOfAnotherOriginMayAskForAVersion(t *testing.T) {
	t.Parallel()
	stylist := routestest.New(t).Stylist()
	const path, origin = "/v1/me/profile", "Origin: https://app.freety.example"
	if exposed := stylist.Call("GET", path, nil, origin).Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "Etag") {
		t.Errorf("exposed: %s", exposed)
	}
	for _, header := range []string{"if-match", "if-none-match"} {
		asked := stylist.Call("OPTIONS", path, nil, origin, "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: "+header)
		if allowed := asked.Header.Get("Access-Control-Allow-Headers"); allowed != header {
			t.Errorf("%s: allowed %q", header, allowed)
		}
	}
}

func TestJustWhatCanBePatchedHasAStrongETagInTheDocument(t *testing.T) {
	t.Parallel()
	found := 0
	for path, item := range table().OpenAPI().Paths {
		for method, op := range api.Operations(item) {
			versioned := item.Patch != nil && (method == "GET" || method == "PATCH")
			guarded := item.Patch != nil && (method == "DELETE" || method == "PATCH")
			ok := op.Responses["200"]
			if has := ok != nil && ok.Headers["ETag"] != nil; has != versioned {
				t.Errorf("%s %s: an ETag in the document: %v", method, path, has)
			}
			takes := false
			for _, p := range op.Parameters {
				takes = takes || p.Name == "If-Match" && p.In == "header" && !p.Required
			}
			if takes != guarded || (op.Responses["412"] != nil) != guarded {
				t.Errorf("%s %s: If-Match in the document: %v", method, path, takes)
			}
			if guarded {
				found++
			}
		}
	}
	if found < 3 {
		t.Errorf("%d operations honour If-Match", found)
	}
}
