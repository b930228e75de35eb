package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/routestest"

	"github.com/google/go-cmp/cmp"
)

func TestTheServicesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	got := routestest.Into[api.Items[catalogue.ServiceEntry]](routestest.New(t).Anyone().Get("/v1/services").Want(200))
	if len(got.Items) != len(catalogue.Services) {
		t.Fatalf("%d rows, %d codes", len(got.Items), len(catalogue.Services))
	}
	for i, code := range catalogue.Services {
		if got.Items[i].Code != code || got.Items[i].Name == "" || got.Items[i].NameEn == "" {
			t.Errorf("row %d is %+v, want %s", i, got.Items[i], code)
		}
	}
}

func TestRegionsNameTheNeighborhoodsInUse(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	insert := "INSERT INTO recruitments (stylist_id, state, title, body, services, fee, gender_wanted, province, district, neighborhood, zone, notice_hours, instant_book, published_at, last_slot_at, created_at, updated_at) VALUES (?, ?, '', '', 'cut', 0, 'any', '서울특별시', '중구', ?, 'Asia/Seoul', 0, 0, NOW(), ?, NOW(), NOW())"
	for state, neighborhood := range map[string]string{"open": "명동", "closed": "필동"} {
		s.Exec(insert, stylist.ID, state, neighborhood, routestest.Start.AddDate(0, 0, 1))
		s.Exec(insert, stylist.ID, state, neighborhood, routestest.Start.AddDate(0, 0, 1))
	}
	s.Exec(insert, stylist.ID, "open", "신당동", routestest.Start) // no slot to come
	got := routestest.Into[api.Items[catalogue.Province]](s.Anyone().Get("/v1/regions").Want(200))
	named := 0
	for _, province := range got.Items {
		for _, district := range province.Districts {
			named += len(district.Neighborhoods)
			if province.Province == "서울특별시" && district.District == "중구" && (len(district.Neighborhoods) != 1 || district.Neighborhoods[0] != "명동") {
				t.Errorf("neighborhoods of 중구: %v", district.Neighborhoods)
			}
		}
	}
	if named != 1 {
		t.Errorf("%d neighborhoods", named)
	}
}

func TestRegionsAreTheProvincesInOrderAndEachDistrictOfThemOnce(t *testing.T) {
	t.Parallel()
	got := routestest.Into[api.Items[catalogue.Province]](routestest.New(t).Anyone().Get("/v1/regions").Want(200))
	names := map[string][]string{}
	in := map[string][]string{} // the provinces that have a district of this name
	for i, province := range got.Items {
		if i >= len(provinces) || province.Province != provinces[i].name || len(province.Districts) != provinces[i].districts {
			t.Errorf("province %d is %s with %d districts", i+1, province.Province, len(province.Districts))
		}
		for _, d := range province.Districts {
			names[province.Province] = append(names[province.Province], d.District)
			in[d.District] = append(in[d.District], province.Province)
			if !slices.ContainsFunc([]string{"시", "군", "구"}, func(kind string) bool { return strings.HasSuffix(d.District, kind) }) {
				t.Errorf("%s is no district of %s", d.District, province.Province)
			}
		}
		// Syllables of Hangul stand in Unicode in the order of the alphabet.
		if list := names[province.Province]; !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("the districts of %s are out of order, or one stands twice: %v", province.Province, list)
		}
	}
	if len(got.Items) != len(provinces) {
		t.Errorf("%d provinces, want %d", len(got.Items), len(provinces))
	}
	for province, want := range capitalArea {
		if diff := cmp.Diff(strings.Split(want, ", "), names[province]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", province, diff)
		}
	}
	for district, want := range map[string][]string{
		"중구":        {"서울특별시", "부산광역시", "대구광역시", "대전광역시", "울산광역시"},
		"강서구":       {"서울특별시", "부산광역시"},
		"고성군":       {"강원특별자치도", "경상남도"},
		"군위군":       {"대구광역시"},
		"세종시":       {"세종특별자치시"},
		"창원시 마산합포구": {"경상남도"},
		"서귀포시":      {"제주특별자치도"},
	} {
		if !slices.Equal(in[district], want) {
			t.Errorf("%s is in %v, want %v", district, in[district], want)
		}
	}
}

// provinces are the provinces in the order of the list, with how many districts they have.
var provinces = []struct {
	name      string
	districts int
}{
	{"서울특별시", 25}, {"부산광역시", 16}, {"대구광역시", 9}, {"인천광역시", 11}, {"전남광주통합특별시", 27}, {"대전광역시", 5}, {"울산광역시", 5}, {"세종특별자치시", 1},
	{"경기도", 47}, {"강원특별자치도", 18}, {"충청북도", 14}, {"충청남도", 16}, {"전북특별자치도", 15}, {"경상북도", 23}, {"경상남도", 22}, {"제주특별자치도", 2},
}

// capitalArea are the districts where most recruitments are.
var capitalArea = map[string]string{
	"서울특별시": "강남구, 강동구, 강북구, 강서구, 관악구, 광진구, 구로구, 금천구, 노원구, 도봉구, 동대문구, 동작구, 마포구, 서대문구, 서초구, 성동구, 성북구, 송파구, 양천구, 영등포구, 용산구, 은평구, 종로구, 중구, 중랑구",
	"인천광역시": "강화군, 검단구, 계양구, 남동구, 미추홀구, 부평구, 서해구, 연수구, 영종구, 옹진군, 제물포구",
	"경기도": "가평군, 고양시 덕양구, 고양시 일산동구, 고양시 일산서구, 과천시, 광명시, 광주시, 구리시, 군포시, 김포시, 남양주시, 동두천시, 부천시 소사구, 부천시 오정구, 부천시 원미구, " +
		"성남시 분당구, 성남시 수정구, 성남시 중원구, 수원시 권선구, 수원시 영통구, 수원시 장안구, 수원시 팔달구, 시흥시, 안산시 단원구, 안산시 상록구, 안성시, " +
		"안양시 동안구, 안양시 만안구, 양주시, 양평군, 여주시, 연천군, 오산시, 용인시 기흥구, 용인시 수지구, 용인시 처인구, 의왕시, 의정부시, 이천시, 파주시, 평택시, 포천시, 하남시, " +
		"화성시 동탄구, 화성시 만세구, 화성시 병점구, 화성시 효행구",
}
