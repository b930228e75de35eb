package outbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

func TestTidy(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UTC()
	const day = 24 * time.Hour
	for i, age := range []time.Duration{23 * time.Hour, 25 * time.Hour} {
		w.exec("INSERT INTO idempotency_keys (account_id, route, claim, body_hash, created_at) VALUES (1, 'POST /', ?, ?, ?)", fmt.Sprint(i), strings.Repeat("h", 32), now.Add(-age))
	}
	for i := range 4 {
		w.exec("INSERT INTO unconfirmed_letters VALUES (?, ?, 5)", now.AddDate(0, 0, -i).Format(time.DateOnly), fmt.Sprintf("%032d", i))
	}
	session := func(id int, expires, ended time.Duration) {
		var at *time.Time
		if ended != 0 {
			then := now.Add(-ended)
			at = &then
		}
		w.exec("INSERT INTO sessions (id, account_id, user_agent, created_at, last_used_at, expires_at, ended_at) VALUES (?, 1, '', ?, ?, ?, ?)", id, now, now, now.Add(-expires), at)
	}
	token := func(name string, session int, used time.Duration) {
		var at *time.Time
		if used != 0 {
			then := now.Add(-used)
			at = &then
		}
		w.exec("INSERT INTO refresh_tokens (token_hash, session_id, created_at, used_at) VALUES (?, ?, ?, ?)", name+strings.Repeat("\xff", 32-len(name)), session, now, at)
	}
	session(1, -day, 0)
	session(2, 29*day, 0)
	session(3, 31*day, 0)
	session(4, -day, 29*day)
	session(5, -day, 31*day)
	token("a", 1, 0)
	token("b", 1, 29*day)
	token("c", 1, 31*day)
	token("d", 3, 0)
	token("e", 5, 0)
	attempt := func(name string, tried, signedIn time.Duration) {
		var at *time.Time
		if signedIn != 0 {
			then := now.Add(-signedIn)
			at = &then
		}
		w.exec("INSERT INTO sign_in_attempts (who, wrong, tried_at, next_at, signed_in_at) VALUES (?, 1, ?, ?, ?)", name+strings.Repeat("\xff", 32-len(name)), now.Add(-tried), now, at)
	}
	attempt("a", 23*time.Hour, 0)
	attempt("b", 25*time.Hour, 0)
	attempt("c", 89*day, 89*day)
	attempt("d", 91*day, 91*day)
	attempt("e", 23*time.Hour, 91*day)
	// More than one batch.
	old := sq.Insert("refresh_tokens").Columns("token_hash", "session_id", "created_at", "used_at")
	for i := range tidyBatch + 1 {
		old = old.Values(fmt.Sprintf("%032d", i), 1, now, now.Add(-40*day))
	}
	if _, err := db.Exec(t.Context(), w.db, old); err != nil {
		t.Fatal(err)
	}

	w.worker.tidy(t.Context())
	for query, want := range map[string]string{
		"SELECT GROUP_CONCAT(claim ORDER BY claim) FROM idempotency_keys":                             "0",
		"SELECT SUM(address_hash) FROM unconfirmed_letters":                                           "1", // of today and yesterday
		"SELECT GROUP_CONCAT(id ORDER BY id) FROM sessions":                                           "1,2,4",
		"SELECT GROUP_CONCAT(CHAR(ASCII(token_hash)) ORDER BY ASCII(token_hash)) FROM refresh_tokens": "a,b",
		"SELECT GROUP_CONCAT(CHAR(ASCII(who)) ORDER BY ASCII(who)) FROM sign_in_attempts":             "a,c,e",
	} {
		var got string
		if err := w.db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s instead of %s, %v", query, got, want, err)
		}
	}
}
