package recruitments_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freety/routes/routestest"

	"github.com/google/go-cmp/cmp"
)

func TestCreateAnswersTheDraftToItsOwner(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	answer := stylist.Post("/v1/recruitments", draft()).Want(201)
	created := id(answer)
	if got, want := answer.Header.Get("Location"), path("%d", created); got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	got := answer.JSON()
	want := object{
		"state": "draft", "title": "첫 매직 모델 구해요", "body": "연습 모델을 찾습니다", "services": []any{"cut", "perm"}, "fee": 10000.0,
		"genderWanted": "any", "hairLengthsWanted": []any{}, "noticeHours": 24.0, "instantBook": false, "favoriteCount": 0.0,
		"venue":       object{"province": "서울특별시", "district": "강남구", "neighborhood": "역삼동", "detail": "테헤란로 123", "lat": 37.50063, "lng": 127.03641, "zone": "Asia/Seoul"},
		"photos":      []any{},
		"publishedAt": nil, "allowedActions": []any{"publish"},
	}
	for property, value := range want {
		if diff := cmp.Diff(value, got[property]); diff != "" {
			t.Errorf("%s: %s", property, diff)
		}
	}
	first := got["slots"].([]any)[0].(object)
	if first["startsAt"] != "2031-03-04T12:00:00+09:00" || first["endsAt"] != "2031-03-04T14:00:00+09:00" || first["seatsLeft"] != 1.0 || first["capacity"] != 1.0 {
		t.Errorf("first slot: %v", first)
	}
	if cover := got["cover"].(object); cover["id"] != nil || cover["url"] != "https://freety.example/photos/default-recruitment.jpg" {
		t.Errorf("cover: %v", cover)
	}
}

func TestCreateStoresTextTrimmedAndComposed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	decomposed := "\u110e\u1165\u11ba" // 첫 as an iPhone sends it
	got := s.Stylist().Post("/v1/recruitments", draft(object{"title": "  " + decomposed + " 펌 "})).Want(201).JSON()
	if got["title"] != "첫 펌" {
		t.Errorf("title %q", got["title"])
	}
}

func TestTextsAreStoredWithoutWhatControls(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	got := stylist.Post("/v1/recruitments", draft(object{"title": "\u202e첫\n펌\x00", "body": "하나\r\n\t둘\u2067\x1b\n👩\u200d🦰"})).Want(201).JSON()
	if got["title"] != "첫 펌" || got["body"] != "하나\n\t둘\n👩\u200d🦰" {
		t.Errorf("title %+q, body %+q", got["title"], got["body"])
	}
	changed := stylist.Call("PATCH", fmt.Sprintf("/v1/recruitments/%v", got["id"]), object{"venue": object{"neighborhood": " 역\u200f삼\t동 "}}).Want(200).JSON()
	if venue := changed["venue"].(object); venue["neighborhood"] != "역삼 동" {
		t.Errorf("neighborhood %+q", venue["neighborhood"])
	}
}

func TestATextIsAsLongAsItIsWhenComposed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	longest := strings.Repeat("\u110e\u1165\u11ba", 80)
	s.Stylist().Post("/v1/recruitments", draft(object{"title": longest})).Want(201)
	s.Stylist().Post("/v1/recruitments", draft(object{"title": longest + "a"})).Faults("body.title")
	// U+0958 is two characters in NFC; escaped, it is composed after the check only.
	body := `{"title": "` + strings.Repeat(`\u0958`, 80) + `", "body": "", "services": ["cut"], "fee": 0, "venue": {"province": "서울특별시", "district": "중구"}}`
	s.Stylist().Post("/v1/recruitments", body).Problem(422, "invalid_input")
}

func TestCreatePublishesAtOnceWhenAsked(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	got := s.Stylist().Post("/v1/recruitments", draft(object{"publish": true, "noticeHours": 0, "hairLengthsWanted": []string{"bob"}})).Want(201).JSON()
	if got["state"] != "open" || got["publishedAt"] != "2031-03-03T12:00:00+09:00" || got["noticeHours"] != 0.0 || fmt.Sprint(got["hairLengthsWanted"]) != "[bob]" {
		t.Errorf("%v", got)
	}
}

func TestCreateRefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	venue := func(changes object) object {
		v := draft()["venue"].(object)
		for k, c := range changes {
			if v[k] = c; c == nil {
				delete(v, k)
			}
		}
		return object{"venue": v}
	}
	for name, c := range map[string]struct {
		body   any
		faults []string
	}{
		"a negative fee":                      {draft(object{"fee": -1}), []string{"body.fee"}},
		"a fee that is text":                  {draft(object{"fee": "free"}), []string{"body.fee"}},
		"a fee with a fraction":               {draft(object{"fee": 0.5}), []string{"body.fee"}},
		"a fee beyond any number":             {draft(object{"fee": 1e300}), []string{"body.fee"}},
		"a slot that ends before it starts":   {draft(object{"slots": []object{slot(26, 24)}}), []string{"body.slots[0].endsAt"}},
		"a slot of two days":                  {draft(object{"slots": []object{slot(24, 72)}}), []string{"body.slots[0].endsAt"}},
		"a slot that has started":             {draft(object{"slots": []object{slot(24, 26), slot(-1, 1)}}), []string{"body.slots[1].startsAt"}},
		"a slot in three years":               {draft(object{"slots": []object{slot(3*365*24, 3*365*24+1)}}), []string{"body.slots[0].startsAt"}},
		"a slot that ends in the year 1":      {draft(object{"slots": []object{{"startsAt": at(1), "endsAt": "0001-01-01T00:00:00Z"}}}), []string{"body.slots[0].endsAt"}},
		"a slot without seats":                {draft(object{"slots": []object{{"startsAt": at(1), "endsAt": at(2), "capacity": -1}}}), []string{"body.slots[0].capacity"}},
		"a slot at no time":                   {draft(object{"slots": []object{{"startsAt": "tomorrow", "endsAt": at(2)}}}), []string{"body.slots[0].startsAt"}},
		"lat 91":                              {draft(venue(object{"lat": 91})), []string{"body.venue.lat"}},
		"lat only":                            {draft(venue(object{"lng": nil})), []string{"body.venue.lng"}},
		"lng only":                            {draft(venue(object{"lat": nil})), []string{"body.venue.lat"}},
		"no province":                         {draft(venue(object{"province": "없는도"})), []string{"body.venue.province"}},
		"a district that was divided":         {draft(venue(object{"province": "경기도", "district": "화성시", "neighborhood": "능동"})), []string{"body.venue.district"}},
		"a district of another province":      {draft(venue(object{"district": "해운대구"})), []string{"body.venue.district"}},
		"a zone that does not exist":          {draft(venue(object{"zone": "Asia/Pyeongchang"})), []string{"body.venue.zone"}},
		"a title of space":                    {draft(object{"title": " \t"}), []string{"body.title"}},
		"an unknown service":                  {draft(object{"services": []string{"cut", "shave"}}), []string{"body.services[1]"}},
		"a service twice":                     {draft(object{"services": []string{"cut", "cut"}}), []string{"body.services"}},
		"a service that is an object":         {draft(object{"services": []object{{}}}), []string{"body.services[0]"}},
		"no service":                          {draft(object{"services": []string{}}), []string{"body.services"}},
		"an unknown property":                 {draft(object{"price": 1}), []string{"body.price"}},
		"another casing of a property":        {draft(object{"Fee": 1}), []string{"body.Fee"}},
		"a title of a wide space":             {draft(object{"title": "\u3000"}), []string{"body.title"}},
		"a title that cannot be seen":         {draft(object{"title": "\u200b"}), []string{"body.title"}},
		"a title of fillers":                  {draft(object{"title": "\u3164\u3164\u3164"}), []string{"body.title"}},
		"a neighborhood of a filler":          {draft(venue(object{"neighborhood": "\uffa0"})), []string{"body.venue.neighborhood"}},
		"a slot shorter than any clock":       {draft(object{"slots": []object{{"startsAt": "2031-03-04T10:00:00.1234561Z", "endsAt": "2031-03-04T10:00:00.1234569Z"}}}), []string{"body.slots[0].endsAt"}},
		"a district that only looks right":    {draft(venue(object{"district": "강남\u200b구"})), []string{"body.venue.district"}},
		"a zone by another path":              {draft(venue(object{"zone": "posix/Asia/Seoul"})), []string{"body.venue.zone"}},
		"publishing without a slot":           {draft(object{"publish": true, "slots": []object{}}), []string{"body.slots"}},
		"several faults at once":              {draft(object{"fee": -1, "title": "", "slots": []object{slot(2, 1)}}), []string{"body.fee", "body.slots[0].endsAt", "body.title"}},
		"a body that is a list":               {"[]", []string{"body"}},
		"an unknown parameter and a bad body": {"{}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if c.faults == nil {
				stylist.Post("/v1/recruitments?a=1", c.body).Faults("body.body", "body.fee", "body.services", "body.title", "body.venue", "query.a")
				return
			}
			stylist.Post("/v1/recruitments", c.body).Faults(c.faults...)
		})
	}
	stylist.Post("/v1/recruitments", `{"title": "Secret`).Problem(400, "malformed_request")
	twice := `{"title": "a", "body": "", "services": ["cut"], "fee": 0, "venue": {"lat": 1000, "lng": 1000, "province": "서울특별시", "district": "중구"}, "venue": {"province": "서울특별시", "district": "중구"}}`
	if p := stylist.Post("/v1/recruitments", twice).Problem(400, "malformed_request"); len(p.Errors) != 1 || p.Errors[0].Message != "has a property twice" {
		t.Errorf("%+v", p)
	}
	stylist.Call("POST", "/v1/recruitments", "title=a", "Content-Type: application/x-www-form-urlencoded").Problem(415, "unsupported_media_type")
	stylist.Post("/v1/recruitments", nil).Problem(400, "malformed_request")
	s.Model().Post("/v1/recruitments", draft()).Problem(403, "forbidden")
	s.Anyone().Post("/v1/recruitments", draft()).Problem(401, "unauthenticated")
	if n := s.Count("SELECT COUNT(*) FROM recruitments"); n != 0 {
		t.Errorf("%d recruitments were written", n)
	}
}

func TestCreateWithAnIdempotencyKeyHappensOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	post := func(c routestest.Client, body any) routestest.Answer {
		return c.Call("POST", "/v1/recruitments", body, "Idempotency-Key: an-intent")
	}
	post(stylist, draft(object{"fee": -1})).Want(422)
	first := post(stylist, draft()).Want(201)
	if _, err := s.DB.ExecContext(t.Context(), "UPDATE recruitments SET title = 'later'"); err != nil {
		t.Fatal(err)
	}
	second := post(stylist, draft()).Want(201)
	if id(first) != id(second) || second.Header.Get("Location") != first.Header.Get("Location") || second.JSON()["title"] != "later" {
		t.Errorf("the repeat answered %s", second.Body)
	}
	post(stylist, draft(object{"fee": 1})).Problem(422, "idempotency_key_reused")
	post(s.Stylist(), draft()).Want(201)
	if n := s.Count("SELECT COUNT(*) FROM recruitments"); n != 2 {
		t.Errorf("%d recruitments, want one of each stylist", n)
	}
	stylist.Call("POST", "/v1/recruitments", draft(), "Idempotency-Key: two words").Faults("header.Idempotency-Key")
}

func TestARepeatIsAnsweredAlsoWhenASlotHasStartedSince(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	first := stylist.Call("POST", "/v1/recruitments", draft(), "Idempotency-Key: k").Want(201)
	s.Clock.Move(30 * time.Hour)
	if second := stylist.Call("POST", "/v1/recruitments", draft(), "Idempotency-Key: k").Want(201); id(first) != id(second) {
		t.Errorf("%s", second.Body)
	}
}

func TestConcurrentRepeatsMakeOneRecruitment(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	answers := make([]routestest.Answer, 16)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = stylist.Call("POST", "/v1/recruitments", draft(), "Idempotency-Key: k") })
	}
	wg.Wait()
	for _, answer := range answers {
		if id(answer.Want(201)) != id(answers[0].Want(201)) {
			t.Errorf("%s and %s", answer.Body, answers[0].Body)
		}
	}
	if n := s.Count("SELECT COUNT(*) FROM recruitments"); n != 1 {
		t.Errorf("%d recruitments", n)
	}
}

func TestFormerNamesOfAVenueBecomeTodays(t *testing.T) {
	t.Parallel()
	stylist := routestest.New(t).Stylist()
	for _, c := range []struct{ province, district, neighborhood, want string }{
		{"전라북도", "전주시 완산구", "", "전북특별자치도 전주시 완산구"},
		{"광주광역시", "서구", "치평동", "전남광주통합특별시 서구"},
		{"경상북도", "군위군", "", "대구광역시 군위군"},
		{"경기도", "부천시", "역곡3동", "경기도 부천시 소사구"},
		{"경기도", "화성시", "봉담읍 와우리", "경기도 화성시 효행구"},
		{"인천광역시", "서구", "청라동", "인천광역시 서해구"},
	} {
		venue := stylist.Post("/v1/recruitments", draft(object{"venue": object{"province": c.province, "district": c.district, "neighborhood": c.neighborhood}})).Want(201).JSON()["venue"].(object)
		if got := fmt.Sprint(venue["province"], " ", venue["district"]); got != c.want || venue["neighborhood"] != c.neighborhood {
			t.Errorf("%+v: %v", c, venue)
		}
	}
	p := stylist.Post("/v1/recruitments", draft(object{"venue": object{"province": "인천광역시", "district": "서구"}})).Faults("body.venue.district")
	if got := p.Errors[0].Message; got != "was divided; name one of 검단구, 서해구" {
		t.Error(got)
	}
}

func TestASlotStandsOnceInARecruitment(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	// The same times, in another zone.
	again := object{"startsAt": strings.Replace(at(24), "Z", "+00:00", 1), "endsAt": at(26)}
	stylist.Post("/v1/recruitments", draft(object{"slots": []object{slot(24, 26), slot(24, 27), slot(23, 26), again, slot(24, 26)}})).Faults("body.slots[3]", "body.slots[4]")
	stylist.Post("/v1/recruitments", draft(object{"slots": []object{slot(24, 26), slot(24, 27), slot(23, 26)}})).Want(201)
}

func TestAStylistHasAtMostThirtyOpenRecruitments(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	var first int64
	for range 30 {
		first = publish(t, stylist)
	}
	stylist.Post("/v1/recruitments", draft(object{"publish": true})).Problem(409, "too_many_open")
	written := id(stylist.Post("/v1/recruitments", draft()).Want(201))
	stylist.Post(path("%d/publish", written), nil).Problem(409, "too_many_open")
	publish(t, s.Stylist())
	stylist.Post(path("%d/close", first), nil).Want(200)
	stylist.Post(path("%d/publish", written), nil).Want(200)
	stylist.Post(path("%d/reopen", first), nil).Problem(409, "too_many_open")
	// What has no slot to come is not open any more.
	s.Exec("DELETE FROM slots WHERE recruitment_id = ?", written)
	s.Exec("UPDATE recruitments SET last_slot_at = '2031-01-01' WHERE id = ?", written)
	stylist.Post(path("%d/reopen", first), nil).Want(200)
}

func TestOfManyRecruitmentsOpenedAtOnceOnlyThirtyAre(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	other := routestest.On(t, s.DB)
	stylist := s.Stylist()
	var ready []int64
	for range 24 {
		publish(t, stylist)
	}
	for range 8 {
		ready = append(ready, id(stylist.Post("/v1/recruitments", draft()).Want(201)))
	}
	elsewhere := stylist.On(other)
	var all sync.WaitGroup
	var opened atomic.Int64
	for _, n := range ready {
		for _, open := range []func() routestest.Answer{
			func() routestest.Answer { return stylist.Post(path("%d/publish", n), nil) },
			func() routestest.Answer { return elsewhere.Post("/v1/recruitments", draft(object{"publish": true})) },
		} {
			all.Go(func() {
				if answer := open(); answer.Status < 300 {
					opened.Add(1)
				} else {
					answer.Problem(409, "too_many_open")
				}
			})
		}
	}
	all.Wait()
	if open := s.Count("SELECT COUNT(*) FROM recruitments WHERE state = 'open'"); open != 30 || opened.Load() != 6 {
		t.Errorf("%d were opened, and %d are open", opened.Load(), open)
	}
}
