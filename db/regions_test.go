package db_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"freety"
	"freety/db"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
)

// before are the migrations of this build that come before that number.
func before(t *testing.T, number string) fstest.MapFS {
	t.Helper()
	files := migrations(t, nil).(fstest.MapFS)
	for name := range files {
		if name >= number {
			delete(files, name)
		}
	}
	return files
}

// yesterday is a database as the release before the regions of 2026 left it: a
// stylist, and for each place a recruitment, a booking and a notice.
func yesterday(t *testing.T, places [][3]string) *db.DB {
	t.Helper()
	d := openEmpty(t)
	if err := d.RunMigrations(t.Context(), before(t, "00044")); err != nil {
		t.Fatal(err)
	}
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := d.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("INSERT INTO accounts (id, role, name, email, birth_date, created_at) VALUES (1, 'stylist', '', 'a', '2000-01-01', NOW()), (2, 'model', '', 'b', '2000-01-01', NOW()), (3, 'stylist', '', 'c', '2000-01-01', NOW())")
	exec("INSERT INTO stylists (account_id, province, district) VALUES (1, '강원도', '춘천시'), (3, '인천광역시', '중구')")
	exec(`INSERT INTO models (account_id, hair_history, districts) VALUES (2, '[]', '["강남구", "화성시", "부천시", "남구"]')`)
	for i, p := range places {
		id := i + 1
		venue, err := json.Marshal(map[string]any{"province": p[0], "district": p[1], "neighborhood": p[2], "zone": "Asia/Seoul"})
		if err != nil {
			t.Fatal(err)
		}
		exec("INSERT INTO recruitments (id, stylist_id, state, title, body, services, fee, gender_wanted, province, district, neighborhood, zone, notice_hours, instant_book, created_at, updated_at) "+
			"VALUES (?, 1, 'draft', '', '', 'cut', 0, 'any', ?, ?, ?, 'Asia/Seoul', 0, 0, NOW(), NOW())", id, p[0], p[1], p[2])
		exec("INSERT INTO slots (id, recruitment_id, starts_at, ends_at, weekday, capacity) VALUES (?, ?, '2031-01-01', '2031-01-02', 3, 1)", id, id)
		exec("INSERT INTO bookings (recruitment_id, slot_id, stylist_id, model_id, state, agreed, created_at, updated_at) VALUES (?, ?, 1, 2, 'applied', ?, NOW(), NOW())", id, id, fmt.Sprintf(`{"fee": 7, "venue": %s}`, venue))
		exec("INSERT INTO notices (account_id, kind, facts, created_at) VALUES (1, 'booking_applied', ?, NOW())", string(venue))
	}
	return d
}

func TestStoredPlacesGetTodaysNames(t *testing.T) {
	t.Parallel()
	cases := []struct{ province, district, neighborhood, todaysProvince, todaysDistrict string }{
		{"서울특별시", "중구", "명동", "서울특별시", "중구"},
		{"강원도", "고성군", "", "강원특별자치도", "고성군"},
		{"전라북도", "전주시 완산구", "효자동", "전북특별자치도", "전주시 완산구"},
		{"광주광역시", "동구", "충장로", "전남광주통합특별시", "동구"},
		{"전라남도", "순천시", "", "전남광주통합특별시", "순천시"},
		{"인천광역시", "남구", "주안동", "인천광역시", "미추홀구"},
		{"인천광역시", "동구", "", "인천광역시", "제물포구"},
		{"인천광역시", "중구", "운서동", "인천광역시", "영종구"},
		{"인천광역시", "중구", "신포동", "인천광역시", "제물포구"},
		{"인천광역시", "서구", "청라2동", "인천광역시", "서해구"},
		{"인천광역시", "서구", "당하동", "인천광역시", "검단구"},
		{"경기도", "부천시", "중동", "경기도", "부천시 원미구"},
		{"경기도", "화성시", "우정읍 조암리", "경기도", "화성시 만세구"},
		{"경기도", "화성시", "동탄4동", "경기도", "화성시 동탄구"},
		// These do not tell in which part of the district they are.
		{"인천광역시", "중구", "", "인천광역시", "중구"},
		{"경기도", "화성시", "능동", "경기도", "화성시"},
		{"경기도", "부천시", "시청 앞, 중동", "경기도", "부천시"},
	}
	var places [][3]string
	for _, c := range cases {
		places = append(places, [3]string{c.province, c.district, c.neighborhood})
	}
	d := yesterday(t, places)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	type stored struct{ Recruited, Agreed, Told string }
	got, err := db.Select[stored](t.Context(), d, sq.Expr("SELECT CONCAT(r.province, ' ', r.district) AS recruited, "+
		"CONCAT(JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.province')), ' ', JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.district'))) AS agreed, "+
		"CONCAT(JSON_UNQUOTE(JSON_EXTRACT(n.facts, '$.province')), ' ', JSON_UNQUOTE(JSON_EXTRACT(n.facts, '$.district'))) AS told "+
		"FROM recruitments r JOIN bookings b ON b.recruitment_id = r.id JOIN notices n ON n.id = r.id ORDER BY r.id"))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		if want := c.todaysProvince + " " + c.todaysDistrict; got[i] != (stored{want, want, want}) {
			t.Errorf("%s %s %s: %+v, want %s", c.province, c.district, c.neighborhood, got[i], want)
		}
	}
	people, err := db.Get[struct{ One, Three, Districts, Fee string }](t.Context(), d, sq.Expr("SELECT (SELECT CONCAT(province, ' ', district) FROM stylists WHERE account_id = 1) AS one, "+
		"(SELECT CONCAT(province, ' ', district) FROM stylists WHERE account_id = 3) AS three, (SELECT districts FROM models) AS districts, (SELECT MIN(JSON_EXTRACT(agreed, '$.fee')) FROM bookings) AS fee"))
	if err != nil {
		t.Fatal(err)
	}
	people.Districts = strings.ReplaceAll(people.Districts, ", ", ",")
	if diff := cmp.Diff(struct{ One, Three, Districts, Fee string }{
		"강원특별자치도 춘천시", "인천광역시 중구",
		`["강남구","남구","부천시 소사구","부천시 오정구","부천시 원미구","화성시 동탄구","화성시 만세구","화성시 병점구","화성시 효행구"]`, "7",
	}, people); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFormerNamesStayOnlyForRowsThatCannotBeMoved(t *testing.T) {
	t.Parallel()
	d := yesterday(t, [][3]string{{"경기도", "부천시", "중동"}, {"경기도", "화성시", ""}})
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	former, err := db.Select[struct{ District string }](t.Context(), d, sq.Expr("SELECT r.district FROM regions r LEFT JOIN region_districts d ON d.province = r.province AND d.district = r.district WHERE d.district IS NULL ORDER BY r.district"))
	if err != nil || fmt.Sprint(former) != "[{중구} {화성시}]" {
		t.Errorf("%v: %v", former, err)
	}
	// What a server of the release before would still write.
	_, err = d.ExecContext(t.Context(), "INSERT INTO stylists (account_id, province, district) VALUES (2, '강원도', '춘천시')")
	if !db.IsMissingParent(err, "stylists_region") {
		t.Errorf("a former name is taken: %v", err)
	}
}

// A server of the release before is in the middle of writing one more row with a former name.
func TestAFormerNameThatIsBeingWrittenIsMovedToo(t *testing.T) {
	t.Parallel()
	d := yesterday(t, nil)
	if err := d.RunMigrations(t.Context(), before(t, "00048")); err != nil {
		t.Fatal(err)
	}
	writing, err := d.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writing.Rollback() }()
	if _, err := writing.ExecContext(t.Context(), "INSERT INTO stylists (account_id, province, district) VALUES (2, '인천광역시', '남구')"); err != nil {
		t.Fatal(err)
	}
	migrated := make(chan error, 1)
	go func() { migrated <- d.MigrateTo(t.Context(), migrations(t, nil), freety.ViewsSQL) }()
	for waits := 0; waits == 0; {
		select {
		case err := <-migrated:
			t.Fatalf("the migration did not wait: %v", err)
		// InnoDB renews that table only when nobody has read it for a tenth of a second.
		case <-time.After(300 * time.Millisecond):
		}
		if err := d.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%region_names n%'").Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := writing.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-migrated; err != nil {
		t.Fatal(err)
	}
	got, err := db.Get[struct{ District string }](t.Context(), d, sq.Select("district").From("stylists").Where(sq.Eq{"account_id": 2}))
	if err != nil || got.District != "미추홀구" {
		t.Errorf("%+v: %v", got, err)
	}
}
