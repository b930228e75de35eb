package catalogue_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"testing"

	"freety/routes/api"
	"freety/routes/api/apitest"
	"freety/routes/catalogue"
)

func serve(t testing.TB) *apitest.Server {
	return apitest.New(t, func(a *api.API, s *apitest.Server) {
		c := catalogue.New(s.DB, s.Clock)
		api.Get(a, "/v1/services", api.Anyone, "services", "", c.Services)
		api.Get(a, "/v1/regions", api.Anyone, "regions", "", c.Regions)
	})
}

func TestTheServicesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	var got api.Items[catalogue.ServiceEntry]
	serve(t).Anyone().Get("/v1/services").Want(200).Into(&got)
	if len(got.Items) != len(catalogue.Services) {
		t.Fatalf("%d rows, %d codes", len(got.Items), len(catalogue.Services))
	}
	for i, code := range catalogue.Services {
		if got.Items[i].Code != code || got.Items[i].Name == "" || got.Items[i].NameEn == "" {
			t.Errorf("row %d is %+v, want %s", i, got.Items[i], code)
		}
	}
}

func TestRegionsListEveryDistrictAndTheNeighborhoodsInUse(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist := s.Stylist()
	insert := "INSERT INTO recruitments (stylist_id, state, title, body, services, fee, gender_wanted, province, district, neighborhood, zone, notice_hours, instant_book, published_at, last_slot_at, created_at, updated_at) VALUES (?, ?, '', '', 'cut', 0, 'any', '서울특별시', '중구', ?, 'Asia/Seoul', 0, 0, NOW(), ?, NOW(), NOW())"
	for state, neighborhood := range map[string]string{"open": "명동", "closed": "필동"} {
		s.Exec(insert, stylist.ID, state, neighborhood, apitest.Start.AddDate(0, 0, 1))
		s.Exec(insert, stylist.ID, state, neighborhood, apitest.Start.AddDate(0, 0, 1))
	}
	s.Exec(insert, stylist.ID, "open", "신당동", apitest.Start) // no slot to come
	var got api.Items[catalogue.Province]
	s.Anyone().Get("/v1/regions").Want(200).Into(&got)
	known, named := map[[2]string]bool{}, 0
	for _, province := range got.Items {
		for _, district := range province.Districts {
			known[[2]string{province.Province, district.District}] = true
			named += len(district.Neighborhoods)
			if province.Province == "서울특별시" && district.District == "중구" && (len(district.Neighborhoods) != 1 || district.Neighborhoods[0] != "명동") {
				t.Errorf("neighborhoods of 중구: %v", district.Neighborhoods)
			}
		}
	}
	if len(got.Items) != 17 || named != 1 {
		t.Errorf("%d provinces, %d neighborhoods", len(got.Items), named)
	}
	file, err := os.Open("../../../shared/data/regions.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("without ../shared/data/regions.csv the names are not compared")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[1] != "_" && !known[[2]string{row[0], row[1]}] {
			t.Errorf("%s %s is missing", row[0], row[1])
		}
	}
}
