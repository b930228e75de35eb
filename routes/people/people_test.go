package people_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freety/routes/routestest"
)

type object = map[string]any

func patch(c routestest.Client, body any) routestest.Answer {
	return c.Call("PATCH", "/v1/me/profile", body)
}

func TestAStylistsProfileIsHerPublicPage(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	patch(stylist, object{
		"affiliation": "salon", "affiliationName": " 하나헤어 ", "experienceMonths": 18, "statusMessage": "연습 중", "career": "2년차",
		"services": []string{"cut", "perm"}, "province": "서울특별시", "district": "강남구",
	}).Want(200)
	public := s.Anyone().Get(fmt.Sprintf("/v1/stylists/%d", stylist.ID)).Want(200).JSON()
	want := object{
		"id": float64(stylist.ID), "name": "김stylist", "affiliation": "salon", "affiliationName": "하나헤어", "experienceMonths": 18.0, "statusMessage": "연습 중",
		"career": "2년차", "services": []any{"cut", "perm"}, "province": "서울특별시", "district": "강남구", "rating": nil, "reviewCount": 0.0,
	}
	for property, value := range want {
		if fmt.Sprint(public[property]) != fmt.Sprint(value) {
			t.Errorf("%s is %v, want %v", property, public[property], value)
		}
	}
	if avatar := public["avatar"].(object); avatar["url"] != "https://freety.example/photos/default-person.jpg" || avatar["id"] != nil {
		t.Errorf("avatar %v", avatar)
	}
	if len(public) != len(want)+1 {
		t.Errorf("the page has other properties too: %v", public)
	}
	cleared := patch(stylist, object{"affiliation": nil, "career": nil, "province": nil, "district": nil}).Want(200).JSON()
	if cleared["affiliation"] != nil || cleared["career"] != "" || cleared["province"] != nil || cleared["statusMessage"] != "연습 중" {
		t.Errorf("%v", cleared)
	}
	s.Anyone().Get(fmt.Sprintf("/v1/stylists/%d", s.Model().ID)).Problem(404, "not_found")
}

func TestAModelsProfileIsChangedInParts(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	model := s.Model()
	got := patch(model, object{
		"gender": "female", "hairLength": "long", "hairHistory": []string{"탈색 2회"}, "wantedServices": []string{"cut"}, "districts": []string{"강남구", "중구"},
		"discoverable": true,
	}).Want(200).JSON()
	if got["discoverable"] != true || fmt.Sprint(got["hairHistory"], got["districts"], got["wantedServices"]) != "[탈색 2회] [강남구 중구] [cut]" {
		t.Errorf("%v", got)
	}
	patch(model, object{"statusMessage": "안녕", "gender": nil, "districts": []string{}}).Want(200)
	got = model.Get("/v1/me/profile").Want(200).JSON()
	if got["statusMessage"] != "안녕" || got["gender"] != nil || got["hairLength"] != "long" || fmt.Sprint(got["districts"]) != "[]" {
		t.Errorf("%v", got)
	}
	if _, shown := got["birthDate"]; shown {
		t.Error("the birth date is shown")
	}
}

func TestBadProfilesAreRefusedWithEveryFault(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	patch(stylist, object{"experienceMonths": -1, "affiliation": "bank", "services": []any{object{}}, "unknown": 1}).
		Faults("body.affiliation", "body.experienceMonths", "body.services[0]", "body.unknown")
	patch(stylist, object{"experienceMonths": nil, "services": []string{"cut", "cut"}}).Faults("body.experienceMonths", "body.services")
	patch(stylist, object{"gender": "male"}).Faults("body.gender")
	patch(stylist, object{"province": "서울특별시", "district": "해운대구"}).Faults("body.district")
	patch(stylist, object{"province": "서울특별시"}).Faults("body.district")
	patch(model, object{"career": "a"}).Faults("body.career")
	patch(stylist, object{"province": "없는도", "district": "강남구"}).Faults("body.province")
	patch(stylist, object{"province": "인천광역시", "district": "서구"}).Faults("body.district")
	patch(model, object{"districts": []string{"강남구", "없는구"}}).Faults("body.districts[1]")
	patch(model, object{"hairHistory": []string{" "}}).Faults("body.hairHistory[0]")
	patch(model, object{"hairHistory": []string{"펌", "\u3164"}}).Faults("body.hairHistory[1]")
	patch(stylist, object{"affiliationName": "\u2800"}).Faults("body.affiliationName")
	patch(stylist, object{"affiliationName": "\u3000\n"}).Want(200)
	patch(s.Anyone(), object{}).Problem(401, "unauthenticated")
}

func TestFormerNamesInAProfileBecomeTodays(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	got := patch(stylist, object{"province": "강원도", "district": "춘천시"}).Want(200).JSON()
	if got["province"] != "강원특별자치도" || got["district"] != "춘천시" {
		t.Errorf("%v", got)
	}
	patch(stylist, object{"province": "인천광역시", "district": "연수구"}).Want(200)
	// One of the two names stays as it is.
	if got := patch(stylist, object{"district": "남구"}).Want(200).JSON(); got["province"] != "인천광역시" || got["district"] != "미추홀구" {
		t.Errorf("%v", got)
	}
	// 남구 is the name of districts elsewhere today.
	got = patch(model, object{"districts": []string{"부천시 오정구", "남구", "부천시", "강남구"}}).Want(200).JSON()
	if fmt.Sprint(got["districts"]) != "[부천시 오정구 남구 부천시 소사구 부천시 원미구 강남구]" {
		t.Errorf("%v", got["districts"])
	}
}

func TestAModelUnderNineteenCannotBeDiscoverable(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	model := s.Model()
	s.Exec("UPDATE accounts SET birth_date = ? WHERE id = ?", time.Now().AddDate(-18, 0, 0), model.ID)
	patch(model, object{"discoverable": true}).Problem(422, "too_young")
	patch(model, object{"discoverable": false}).Want(200)
}

func TestProvinceAndDistrictChangedAtOnceNeverMakeAPlaceThatIsNone(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	for range 20 {
		patch(stylist, `{"province": "서울특별시", "district": "중구"}`).Want(200)
		var patches sync.WaitGroup
		var changed, refused atomic.Int32
		for _, part := range []string{`{"province": "부산광역시"}`, `{"district": "강남구"}`} {
			patches.Go(func() {
				switch patch(stylist, part).Status {
				case 200:
					changed.Add(1)
				case 422:
					refused.Add(1)
				}
			})
		}
		patches.Wait()
		if changed.Load() != 1 || refused.Load() != 1 {
			t.Fatalf("%d changed and %d refused, want one each", changed.Load(), refused.Load())
		}
	}
}
