package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"

	sq "github.com/Masterminds/squirrel"
	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
)

func TestTheSessionIsTheSameWhateverTheDSNSays(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t)
	d, err := db.Open(t.Context(), dsn+"?parseTime=false&loc=Asia%2FSeoul&sql_mode=''&time_zone=%27%2B09%3A00%27&clientFoundRows=false&multiStatements=true&columnsWithAlias=true&charset=latin1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	got, err := db.Get[struct {
		Zone, Collation string
		Now             time.Time
		Strict          bool
		Isolation       string
		StatementTime   float64
	}](t.Context(), d, sq.Select("@@tx_isolation AS isolation", "@@max_statement_time AS statement_time", "@@time_zone AS zone", "@@collation_connection AS collation", "CAST('2031-03-03 03:00:00.123456' AS DATETIME(6)) AS now", "@@sql_mode LIKE '%STRICT_ALL_TABLES%' AS strict"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Zone != "+00:00" || got.Collation != "utf8mb4_unicode_520_ci" || !got.Strict || got.Isolation != "READ-COMMITTED" || got.StatementTime != 10 || !got.Now.Equal(time.Date(2031, 3, 3, 3, 0, 0, 123456000, time.UTC)) {
		t.Errorf("%+v", got)
	}
	if _, err := d.ExecContext(t.Context(), "SELECT 1; SELECT 2"); err == nil {
		t.Error("two statements in one were accepted")
	}
	for range 2 {
		if n, err := db.Exec(t.Context(), d, sq.Update("services").Set("position", 1).Where(sq.Eq{"code": "cut"})); err != nil || n != 1 {
			t.Errorf("an update to what a row is already matches %d rows: %v", n, err)
		}
	}
}

func TestASessionSetsOnlyWhatItsServerKnows(t *testing.T) {
	t.Parallel()
	always := []string{"innodb_lock_wait_timeout", "sql_mode", "time_zone"}
	for server, known := range map[string][]string{
		"MySQL 8":                   {"max_execution_time", "transaction_isolation"},
		"MariaDB without Galera":    {"max_statement_time", "tx_isolation"},
		"MariaDB with Galera":       {"max_statement_time", "tx_isolation", "wsrep_sync_wait"},
		"a cluster of MySQL's kind": {"max_execution_time", "transaction_isolation", "wsrep_sync_wait"},
	} {
		knows := map[string]bool{"another": true}
		for _, name := range known {
			knows[name] = true
		}
		got := slices.Sorted(maps.Keys(db.SessionVariables(knows, time.Second)))
		if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(always, known))), got); diff != "" {
			t.Errorf("%s (-want +got): %s", server, diff)
		}
	}
}

func TestOpenSaysWhatIsWrongWithoutTheSecret(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"nonsense", "root:s3cret@tcp(127.0.0.1:1)/", "root:s3cret@tcp(127.0.0.1:1)/freety", "root:s3cret@unix(/nonexistent/socket)/freety"} {
		_, err := db.Open(t.Context(), dsn)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

func TestTLSIsUsedAsTheDSNAsks(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t) // of a server without TLS
	for _, tls := range []string{"preferred", "false", "skip-verify&allowFallbackToPlaintext=true"} {
		d, err := db.Open(t.Context(), dsn+"?tls="+tls)
		if err != nil {
			t.Errorf("tls=%s: %v", tls, err)
			continue
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, tls := range []string{"true", "skip-verify"} {
		if d, err := db.Open(t.Context(), dsn+"?tls="+tls); !errors.Is(err, mysql.ErrNoTLS) {
			t.Errorf("tls=%s is content without: %v", tls, err)
			if err == nil {
				_ = d.Close()
			}
		}
	}
}

func TestMigratingIsSafeFromSeveralServersAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if _, err := d.ExecContext(t.Context(), "UPDATE view_versions SET hash = ''"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := d.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestWhatHasExpiredIsFoundByAnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, expired := range []struct{ table, key, since, index string }{
		{"idempotency_keys", "created_at", "created_at", "idempotency_keys_age"},
		{"sessions", "id", "expires_at", "sessions_expiry"},
		{"sessions", "id", "ended_at", "sessions_ended"},
		{"refresh_tokens", "token_hash", "used_at", "refresh_tokens_used"},
		{"sign_in_attempts", "who", "signed_in_at IS NULL AND tried_at", "sign_in_attempts_age"},
		{"sign_in_attempts", "who", "signed_in_at", "sign_in_attempts_age"},
	} {
		query := "SELECT " + expired.key + " FROM " + expired.table + " WHERE " + expired.since + " < ? LIMIT 500"
		var ignored any
		var index sql.NullString
		err := d.QueryRowContext(t.Context(), "EXPLAIN "+query, time.Now()).Scan(&ignored, &ignored, &ignored, &ignored, &ignored, &index, &ignored, &ignored, &ignored, &ignored)
		if err != nil || index.String != expired.index {
			t.Errorf("%s uses the index %q, want %s: %v", query, index.String, expired.index, err)
		}
	}
}

func TestATransactionIsRunAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	first, second := make(chan bool), make(chan bool)
	var once [2]sync.Once
	runs := make(chan int, 100)
	add := func(tx *db.Tx, code string) error {
		_, err := db.Exec(t.Context(), tx, sq.Update("services").Set("name", sq.Expr("CONCAT(name, '+')")).Where(sq.Eq{"code": code}))
		return err
	}
	// Each takes one row and, the first time, waits until the other has its own.
	cross := func(i int, mine, theirs string, have, wait chan bool) error {
		return d.InTx(t.Context(), func(tx *db.Tx) error {
			runs <- i
			if err := add(tx, mine); err != nil {
				return err
			}
			once[i].Do(func() {
				close(have)
				<-wait
			})
			return add(tx, theirs)
		})
	}
	errs := make(chan error)
	go func() { errs <- cross(0, "cut", "perm", first, second) }()
	go func() { errs <- cross(1, "perm", "cut", second, first) }()
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if len(runs) != 3 {
		t.Errorf("%d runs, want one of the two twice", len(runs))
	}
	got, err := db.Get[struct{ N int }](t.Context(), d, sq.Select("COUNT(*) AS n").From("services").Where("name LIKE '%++'"))
	if err != nil || got.N != 2 {
		t.Errorf("%d rows have both changes: %v", got.N, err)
	}
}

func TestASerializableTransactionKeepsOthersFromAddingRows(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	count := func(tx *db.Tx) int {
		got, err := db.Get[struct{ N int }](t.Context(), tx, sq.Select("COUNT(*) AS n").From("services"))
		if err != nil {
			t.Error(err)
		}
		return got.N
	}
	added := make(chan error, 1)
	err := d.InSerializableTx(t.Context(), func(tx *db.Tx) error {
		before := count(tx)
		go func() {
			_, err := db.Exec(t.Context(), d, sq.Expr("INSERT INTO services VALUES ('braids', '땋기', 'Braids', 99)"))
			added <- err
		}()
		select {
		case err := <-added:
			return fmt.Errorf("it did not wait: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
		if after := count(tx); after != before {
			return fmt.Errorf("%d rows became %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-added; err != nil {
		t.Error(err)
	}
}

func TestATransactionThatNeverGetsThroughIsUnavailable(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	runs := 0
	err := d.InTx(t.Context(), func(*db.Tx) error { runs++; return &mysql.MySQLError{Number: 1213} })
	if !errors.Is(err, db.ErrUnavailable) || runs != 12 {
		t.Errorf("after %d runs: %v", runs, err)
	}
}

func TestDescribeLeavesOutWhatTheServerQuotes(t *testing.T) {
	err := fmt.Errorf("insert: %w", &mysql.MySQLError{Number: 1062, Message: "Duplicate entry 'o'brien@freety.example' for key 'accounts_email'"})
	if got := db.Describe(err); strings.Contains(got, "brien") || !strings.Contains(got, "1062") || !strings.HasPrefix(got, "insert: ") {
		t.Error(got)
	}
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	failure := errors.New("no")
	insert := func(tx *db.Tx) error {
		_, err := db.Exec(t.Context(), tx, sq.Delete("services").Where(sq.Eq{"code": "other"}))
		return err
	}
	if err := d.InTx(t.Context(), func(tx *db.Tx) error { return errors.Join(insert(tx), failure) }); !errors.Is(err, failure) {
		t.Error(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = d.InTx(t.Context(), func(tx *db.Tx) error { _ = insert(tx); panic("no") })
	}()
	got, err := db.Get[struct{ N int }](t.Context(), d, sq.Select("COUNT(*) AS n").From("services"))
	if err != nil || got.N != 9 {
		t.Errorf("%d rows: %v", got.N, err)
	}
}

func TestErrorsAreTold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	exec := func(statement string, args ...any) error {
		_, err := db.Exec(t.Context(), d, sq.Expr(statement, args...))
		return err
	}
	const account = "INSERT INTO accounts (role, name, email, birth_date, created_at) VALUES (?, ?, 'kim@freety.example', '2000-01-01', NOW())"
	if err := exec(account, "model", "김"); err != nil {
		t.Fatal(err)
	}
	err := exec(account, "model", "이")
	if !db.IsDuplicate(err, "accounts_email") || db.IsDuplicate(err, "PRIMARY") || db.IsDuplicate(nil, "accounts_email") {
		t.Errorf("a duplicate: %v", err)
	}
	if text := db.Describe(err); strings.Contains(text, "kim@") || !strings.Contains(text, "1062") {
		t.Errorf("for the log: %s", text)
	}
	if err := exec("INSERT INTO stylists (account_id, province, district) VALUES (1, '없는도', '없는시')"); !db.IsMissingParent(err, "stylists_region") || db.IsMissingParent(err, "stylists_account") || !errors.Is(err, db.ErrGone) {
		t.Errorf("a missing parent: %v", err)
	}
	if err := exec("INSERT INTO stylists (account_id, province) VALUES (1, '서울특별시')"); !db.IsCheckViolation(err, "stylists_place") || db.IsCheckViolation(err, "stylists_rating") {
		t.Errorf("a check: %v", err)
	}
	if err := exec("UPDATE accounts SET name = ?", strings.Repeat("가", 41)); !errors.Is(err, db.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	if _, err := db.Get[struct{ ID int64 }](t.Context(), d, sq.Select("id").From("accounts").Where(sq.Eq{"id": 2})); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("no row: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.InTx(gone, func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that has ended: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), "root@unix(/nonexistent/socket)/freety"); err == nil {
		t.Error("a server that is not there was opened")
	}
}

type columnsRow struct {
	ID      int64
	Venue   columnsVenue
	Tags    db.List[string]
	Terms   db.JSON[map[string]int]
	Seen    *time.Time
	Count   int    `db:"how_many"`
	Next    int    `db:"next,computed"`
	Skipped string `db:"-"`
	columnsBase
	hidden string //nolint:unused // shows that it is passed over
}

type columnsVenue struct{ ZoneName string }

type columnsBase struct{ Name string }

func TestColumnsAreThoseThatAreScanned(t *testing.T) {
	t.Parallel()
	want := []string{"id", "venue_zone_name", "tags", "terms", "seen", "how_many", "name"}
	if diff := cmp.Diff(want, db.Columns[columnsRow]()); diff != "" {
		t.Error(diff)
	}
	d := dbtest.New(t)
	got, err := db.Get[columnsRow](t.Context(), d, sq.Select("7 AS id", "'Asia/Seoul' AS venue_zone_name", "'cut,perm' AS tags", `'{"fee": 3}' AS terms`, "NULL AS seen", "2 AS how_many", "3 AS next", "'김' AS name"))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != 7 || got.Venue.ZoneName != "Asia/Seoul" || len(got.Tags) != 2 || got.Terms.V["fee"] != 3 || got.Seen != nil || got.Count != 2 || got.Next != 3 || got.Name != "김" {
		t.Errorf("%+v", got)
	}
	if none, err := db.Get[columnsRow](t.Context(), d, sq.Select("'' AS tags")); err != nil || none.Tags == nil || len(none.Tags) != 0 {
		t.Errorf("an empty list: %v, %v", none.Tags, err)
	}
	for _, bad := range []any{7, nil} {
		if new(db.List[string]).Scan(bad) == nil || new(db.JSON[int]).Scan(bad) == nil {
			t.Errorf("%v was scanned as a text", bad)
		}
	}
	if text, err := (db.JSON[[]int]{V: []int{1}}).Value(); err != nil || text != "[1]" {
		t.Errorf("%v %v", text, err)
	}
	if text, err := (db.List[string]{"a", "b"}).Value(); err != nil || text != "a,b" {
		t.Errorf("%v %v", text, err)
	}
}

func TestABrokenQueryIsAnError(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	broken := sq.Select() // no columns
	if _, err := db.Get[columnsVenue](t.Context(), d, broken); err == nil {
		t.Error("Get ran it")
	}
	if _, err := db.Select[columnsVenue](t.Context(), d, broken); err == nil {
		t.Error("Select ran it")
	}
	if _, err := db.Exec(t.Context(), d, sq.Update("services")); err == nil {
		t.Error("Exec ran it")
	}
	if _, err := db.Insert(t.Context(), d, sq.Insert("services")); err == nil {
		t.Error("Insert ran it")
	}
	if _, err := db.Select[columnsVenue](t.Context(), d, sq.Select("zone_name").From("nothing")); err == nil {
		t.Error("Select found a table that does not exist")
	}
}

// On a cluster, a statement that is prepared, run and closed can lose the error
// that ended its transaction.
func TestNothingIsPreparedOnTheServer(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	err := d.InTx(t.Context(), func(tx *db.Tx) error {
		if _, err := db.Exec(t.Context(), tx, sq.Update("services").Set("position", 1).Where(sq.Eq{"code": "cut"})); err != nil {
			return err
		}
		var name string
		var prepared int
		if err := tx.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE 'Com_stmt_prepare'").Scan(&name, &prepared); err != nil || prepared != 0 {
			t.Errorf("%d statements were prepared: %v", prepared, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
