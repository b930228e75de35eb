package recruitments_test

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/routes/routestest"
)

// found are the ids that a search finds, in its order, over all pages of limit.
func found(t *testing.T, c routestest.Client, query string, limit int) (ids []int64) {
	t.Helper()
	cursor := ""
	for range 1000 {
		page := c.Get(fmt.Sprintf("/v1/recruitments?limit=%d&%s%s", limit, query, cursor)).Want(200).JSON()
		for _, item := range page["items"].([]any) {
			ids = append(ids, int64(item.(object)["id"].(float64)))
		}
		if page["nextCursor"] == nil {
			return ids
		}
		cursor = "&cursor=" + page["nextCursor"].(string)
	}
	t.Fatal("the pages do not end")
	return nil
}

func TestListFindsWhatEachFilterMeans(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, other := s.Stylist(), s.Stylist()
	s.Exec("UPDATE stylists SET affiliation = 'salon', affiliation_name = '하나헤어', experience_months = 12, rating = 4.5, review_count = 2 WHERE account_id = ?", stylist.ID)
	s.Exec("UPDATE accounts SET name = '이서연' WHERE id = ?", other.ID)
	venue := func(district string, more ...any) object {
		v := object{"province": "서울특별시", "district": district}
		for i := 0; i+1 < len(more); i += 2 {
			v[more[i].(string)] = more[i+1]
		}
		return object{"venue": v}
	}
	cut := publish(t, stylist, object{"title": "레이어드컷 모델", "services": []string{"cut"}, "fee": 0, "genderWanted": "female", "hairLengthsWanted": []string{"long"}},
		venue("강남구", "neighborhood", "역삼동", "lat", 37.5, "lng", 127.036))
	perm := publish(t, other, object{"body": "100% 디지털 펌", "services": []string{"perm"}, "fee": 20000, "instantBook": true, "slots": []object{slot(120, 122)}},
		venue("중구", "lat", 37.564, "lng", 126.996))
	stylist.Post("/v1/recruitments", draft()).Want(201)
	closed := publish(t, stylist)
	s.Exec("UPDATE recruitments SET state = 'closed' WHERE id = ?", closed)
	full := publish(t, other, object{"title": "꽉 찬 구인", "fee": 5000, "services": []string{"color", "bleach"}, "slots": []object{slot(24, 25)}}, venue("강남구"))
	s.Exec("UPDATE slots SET taken = capacity WHERE recruitment_id = ?", full)

	all := []int64{cut, perm, full}
	for query, want := range map[string][]int64{
		"":          {cut, perm, full},
		"q=레이어드":    {cut},
		"q=하나헤어 모델": {cut},
		"q=이서연":     {perm, full},
		"q=100% 펌":  {perm},
		"q=100_":    {},
		"q=x":       {},
		"q=펌 100% 디지털 펌 펌 펌 펌 펌": {perm},
		"service=cut":              {cut},
		"service=cut&service=perm": {cut, perm},
		"service=cut,bleach":       {cut, full},
		"province=서울특별시":           all,
		"province=부산광역시":           {},
		"province=서울특별시,부산광역시&district=중구": {perm},
		"district=강남구&district=중구":         all,
		"district=강남구":                     {cut, full},
		"neighborhood=역삼동":                 {cut},
		"feeMax=0":                         {cut},
		"feeMin=1&feeMax=5000":             {full},
		"experienceMin=12":                 {cut},
		"experienceMax=11":                 {perm, full},
		"affiliation=salon,school":         {cut},
		"gender=female":                    all,
		"gender=male":                      {perm, full},
		"hairLength=long":                  all,
		"hairLength=bob":                   {perm, full},
		"slotFrom=" + at(100):              {perm},
		"slotTo=" + at(30):                 {cut},
		"slotFrom=" + at(20):               {cut, perm},
		"weekday=tue":                      {cut}, // the clock begins on a Monday noon in Seoul
		"weekday=sat,sun":                  {perm},
		"ratingMin=4.5":                    {cut},
		"hasPhoto=false":                   all,
		"hasPhoto=true":                    {},
		"instantBook=true":                 {perm},
		fmt.Sprint("stylistId=", other.ID): {perm, full},
		"near=37.5,127.036&radiusKm=1":     {cut},
		"near=37.5,127.036&radiusKm=50":    {cut, perm},
		"service=cut&feeMax=0&district=강남구&gender=female&hasPhoto=false": {cut},
	} {
		values := []string{}
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name != "" {
				values = append(values, name+"="+url.QueryEscape(value))
			}
		}
		got := found(t, s.Anyone(), strings.Join(values, "&"), 100)
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	s.Clock.Move(30 * time.Hour)
	if got := found(t, s.Anyone(), "", 100); fmt.Sprint(got) != fmt.Sprint([]int64{perm, cut}) {
		t.Errorf("after the only slot of %d: %v", full, got)
	}
}

func TestListTakesAnUnescapedPlusInATime(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	want := publish(t, s.Stylist())
	if got := found(t, s.Anyone(), "slotFrom=2031-03-04T12:00:00+09:00&slotTo=2031-03-04T12:00:01+09:00", 9); len(got) != 1 || got[0] != want {
		t.Errorf("%v", got)
	}
}

func TestEverySortPagesWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	for i := range 12 {
		lat := 37.4 + float64(i*7%12)/100
		if i%4 == 3 {
			lat = 37.4
		}
		publish(t, stylist, object{
			"fee": i % 3 * 1000, "slots": []object{slot(float64(24+i%5), 40)},
			"venue": object{"province": "서울특별시", "district": "강남구", "lat": lat, "lng": 127},
		})
		s.Exec("UPDATE recruitments SET favorite_count = ? WHERE id = ?", i%4, i+1)
		if i%2 == 0 {
			s.Clock.Move(time.Microsecond)
		}
	}
	key := map[string]func(card object) float64{
		"newest":  func(c object) float64 { return -micros(t, c["publishedAt"]) },
		"fee":     func(c object) float64 { return c["fee"].(float64) },
		"-fee":    func(c object) float64 { return -c["fee"].(float64) },
		"soonest": func(c object) float64 { return micros(t, c["nextSlotAt"]) },
		"popular": func(c object) float64 { return -c["favoriteCount"].(float64) },
		"distance": func(c object) float64 {
			return c["venue"].(object)["distanceKm"].(float64)
		},
	}
	for sort, of := range key {
		query := "near=37.45,127.01&sort=" + sort
		whole := s.Anyone().Get("/v1/recruitments?limit=100&" + query).Want(200).JSON()["items"].([]any)
		if !slices.IsSortedFunc(whole, func(a, b any) int { return cmp.Compare(of(a.(object)), of(b.(object))) }) {
			t.Errorf("%s: not in order", sort)
		}
		want := found(t, s.Anyone(), query, 100)
		if len(want) != 12 {
			t.Fatalf("%s: %d found", sort, len(want))
		}
		for _, limit := range []int{1, 5} {
			if got := found(t, s.Anyone(), query, limit); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s in pages of %d: %v, want %v", sort, limit, got, want)
			}
		}
	}
}

func micros(t *testing.T, instant any) float64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, instant.(string))
	if err != nil {
		t.Fatal(err)
	}
	return float64(at.UnixMicro())
}

func TestListRefusesBadParametersAllAtOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	for query, faults := range map[string][]string{
		"city=Seoul":                      {"query.city"},
		"feeMax=abc":                      {"query.feeMax"},
		"feeMax=-1":                       {"query.feeMax"},
		"feeMax=":                         {"query.feeMax"},
		"hasPhoto":                        {"query.hasPhoto"},
		"feeMin=2&feeMax=1":               {"query.feeMax"},
		"experienceMin=2&experienceMax=1": {"query.experienceMax"},
		"feeMax=1&feeMax=2":               {"query.feeMax"},
		"service=shave":                   {"query.service[0]"},
		"service=":                        {"query.service"},
		"service=cut,,perm":               {"query.service"},
		"neighborhood=%EC%97%AD%EC%82%BC%EB%8F%99,": {"query.neighborhood"},
		"neighborhood=%E2%80%8B":                    {"query.neighborhood"},
		"sort=best":                                 {"query.sort"},
		"sort=distance":                             {"query.near"},
		"radiusKm=5":                                {"query.near"},
		"near=here":                                 {"query.near"},
		"near=91,0":                                 {"query.near"},
		"near=0,181":                                {"query.near"},
		"near=37,127&radiusKm=101":                  {"query.radiusKm"},
		"limit=0":                                   {"query.limit"},
		"limit=101":                                 {"query.limit"},
		"cursor=forged":                             {"query.cursor"},
		"weekday=someday":                           {"query.weekday[0]"},
		"slotFrom=2031-03-04":                       {"query.slotFrom"},
		"slotFrom=0000-01-01T00:00:00Z":             {"query.slotFrom"},
		"slotTo=9999-12-31T23:59:59-12:00":          {"query.slotTo"},
		"near=37,127&radiusKm=NaN":                  {"query.radiusKm"},
		"ratingMin=0x1p1":                           {"query.ratingMin"},
		"slotFrom=2031-03-04T00:00:00Z&slotTo=2031-03-04T00:00:00Z": {"query.slotTo"},
		"q=a+b":                                  {"query.q"},
		"q=%EB%AA%A8%EB%8D%B8+1":                 {"query.q"},
		"q=" + strings.Repeat("%EC%BB%B7+", 9):   {"query.q"},
		"ratingMin=6&a=1&b=2&gender=any&limit=x": {"query.a", "query.b", "query.gender", "query.limit", "query.ratingMin"},
	} {
		t.Run(query, func(t *testing.T) { s.Anyone().Get("/v1/recruitments?" + query).Faults(faults...) })
	}
	s.Anyone().Get("/v1/recruitments?q=%zz").Problem(400, "malformed_request")
}

func TestTheFirstPageWithoutParametersHasANextOne(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	for range 21 {
		publish(t, stylist)
	}
	first := s.Anyone().Get("/v1/recruitments").Want(200).JSON()
	next := s.Anyone().Get("/v1/recruitments?cursor=" + first["nextCursor"].(string)).Want(200).JSON()
	if len(first["items"].([]any)) != 20 || len(next["items"].([]any)) != 1 || next["nextCursor"] != nil {
		t.Errorf("%d and %d items", len(first["items"].([]any)), len(next["items"].([]any)))
	}
}

func TestACursorServesItsOwnQueryOnly(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	for range 3 {
		publish(t, stylist)
	}
	cursor := s.Anyone().Get("/v1/recruitments?limit=1&feeMax=10000").Want(200).JSON()["nextCursor"].(string)
	s.Anyone().Get("/v1/recruitments?limit=2&feeMax=10000&cursor=" + cursor).Want(200)
	s.Anyone().Get("/v1/recruitments?limit=1&feeMax=10001&cursor=" + cursor).Faults("query.cursor")
	s.Anyone().Get("/v1/recruitments?limit=1&feeMax=10000&sort=fee&cursor=" + cursor).Faults("query.cursor")
	forged := []byte(cursor)
	forged[len(forged)-3] ^= 1
	s.Anyone().Get("/v1/recruitments?limit=1&feeMax=10000&cursor=" + string(forged)).Faults("query.cursor")
	stylist.Get("/v1/me/recruitments?limit=1&cursor=" + cursor).Faults("query.cursor")
}

func TestACardShowsNoMoreThanEverybodyMayKnow(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	publish(t, s.Stylist())
	answer := s.Anyone().Get("/v1/recruitments?near=37.5,127.036").Want(200)
	for _, secret := range []string{"테헤란로", "37.50063", "127.03641", "favorited", "birth", "email"} {
		if strings.Contains(string(answer.Body), secret) {
			t.Errorf("%s stands in %s", secret, answer.Body)
		}
	}
	card := answer.JSON()["items"].([]any)[0].(object)
	if card["seatsLeft"] != 2.0 || card["nextSlotAt"] != "2031-03-04T12:00:00+09:00" || card["venue"].(object)["distanceKm"] != 0.0 {
		t.Errorf("%v", card)
	}
	if got := s.Model().Get("/v1/recruitments").Want(200).JSON()["items"].([]any)[0].(object)["favorited"]; got != false {
		t.Errorf("favorited: %v", got)
	}
}

func TestASearchByFormerNamesFindsWhatHadThem(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	in := func(province, district string) int64 {
		return publish(t, stylist, object{"venue": object{"province": province, "district": district}})
	}
	jeju, gangwon := in("제주특별자치도", "제주시"), in("강원특별자치도", "춘천시")
	gwangju, suncheon := in("전남광주통합특별시", "동구"), in("전남광주통합특별시", "순천시")
	busan, incheon := in("부산광역시", "남구"), in("인천광역시", "미추홀구")
	gunwi, yeongjong, seohae := in("대구광역시", "군위군"), in("인천광역시", "영종구"), in("인천광역시", "서해구")
	// As a migration leaves what does not tell in which part of the district it is.
	s.Exec("INSERT INTO regions (province, district, position) VALUES ('인천광역시', '중구', -1)")
	undivided := in("인천광역시", "영종구")
	s.Exec("UPDATE recruitments SET district = '중구' WHERE id = ?", undivided)
	for query, want := range map[string][]int64{
		"province=강원도":                        {gangwon},
		"province=강원도,제주특별자치도":                {jeju, gangwon},
		"province=광주광역시":                      {gwangju},
		"province=전라남도":                       {suncheon},
		"province=전남광주통합특별시":                  {gwangju, suncheon},
		"province=광주광역시&district=동구":          {gwangju},
		"province=경상북도":                       {},
		"province=경상북도&district=군위군":          {gunwi},
		"province=인천광역시&district=남구":          {incheon},
		"province=부산광역시,인천광역시&district=남구":    {busan, incheon},
		"province=인천광역시&district=중구":          {yeongjong, undivided},
		"province=인천광역시&district=영종구":         {yeongjong},
		"province=인천광역시":                      {incheon, yeongjong, seohae, undivided},
		"province=인천광역시&district=서구":          {seohae},
		"district=남구":                         {busan},
		"district=미추홀구":                       {incheon},
		"district=부천시":                        {},
		"province=부산광역시,경상북도&district=남구,군위군": {busan, gunwi},
	} {
		got := found(t, s.Anyone(), query, 3)
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	venue := s.Anyone().Get("/v1/recruitments?province=강원도").Want(200).JSON()["items"].([]any)[0].(object)["venue"].(object)
	if venue["province"] != "강원특별자치도" {
		t.Errorf("%v", venue)
	}
	regions := string(s.Anyone().Get("/v1/regions").Want(200).Body)
	if strings.Contains(regions, "강원도") || strings.Contains(regions, `"인천광역시","districts":[{"district":"중구"`) {
		t.Error("former names are listed")
	}
}

func TestASearchForARegionThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	c := routestest.New(t).Anyone()
	for query, want := range map[string][]string{
		"province=없는도":                 {"query.province"},
		"province=없는도,서울특별시,모르는도":      {"query.province"},
		"district=없는구":                 {"query.district"},
		"district=강남구,없는구":             {"query.district"},
		"province=서울특별시&district=해운대구": {"query.district"},
		"province=없는도&district=강남구":    {"query.province"},
		"province=강남구":                 {"query.province"},
	} {
		c.Get("/v1/recruitments?" + query).Faults(want...)
	}
}
