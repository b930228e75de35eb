package accounts_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/routes/accounts"
	"freety/routes/routestest"

	sq "github.com/Masterminds/squirrel"
)

func TestRefreshAnswersNewTokensOfTheSameSession(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	first := signUp(s, "model", testEmail)
	soon := time.Now().UTC().Add(time.Hour)
	s.Exec("UPDATE sessions SET expires_at = ?, last_used_at = ?", soon, soon.AddDate(0, 0, -9))
	second := refresh(s, first.RefreshToken)
	if second.RefreshToken == first.RefreshToken || second.Account.ID != first.Account.ID {
		t.Errorf("got %+v", second)
	}
	about(t, "refreshTokenExpiresAt", second.RefreshTokenExpiresAt.Time, time.Now().AddDate(0, 0, 60))
	stored, err := db.Get[struct{ ExpiresAt, LastUsedAt time.Time }](t.Context(), s.DB, sq.Select("expires_at", "last_used_at").From("sessions"))
	if err != nil {
		t.Fatal(err)
	}
	if !stored.ExpiresAt.Truncate(time.Second).Equal(second.RefreshTokenExpiresAt.Time) {
		t.Errorf("stored %v, answered %v", stored.ExpiresAt, second.RefreshTokenExpiresAt)
	}
	about(t, "last_used_at", stored.LastUsedAt, time.Now())
	alive(s, true, first, second)
	alive(s, true, refresh(s, second.RefreshToken))
}

func TestReusedRefreshTokenEndsTheSession(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	other := signUp(s, "model", testEmail)
	first := logIn(s, testEmail, testPassword)
	second := refresh(s, first.RefreshToken)
	postRefresh(s, first.RefreshToken).Problem(http.StatusUnauthorized, "invalid_refresh_token")
	alive(s, false, first, second)
	postRefresh(s, second.RefreshToken).Problem(http.StatusUnauthorized, "invalid_refresh_token")
	alive(s, true, other)
}

func TestRefreshesWithOneTokenHaveOneWinner(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	first := signUp(s, "model", testEmail)
	const rivals = 12
	answers := make([]routestest.Answer, rivals)
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() { answers[i] = postRefresh(s, first.RefreshToken) })
	}
	all.Wait()
	var winners []accounts.Session
	for _, answer := range answers {
		if answer.Status == http.StatusOK {
			winners = append(winners, session(answer, http.StatusOK))
			continue
		}
		answer.Problem(http.StatusUnauthorized, "invalid_refresh_token")
	}
	if len(winners) != 1 {
		t.Fatalf("%d won", len(winners))
	}
	// Nobody can tell which of them was the thief.
	alive(s, false, winners[0])
}

func TestRefreshShowsNothingOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	past := time.Now().UTC().Add(-time.Second)
	expired := signUp(s, "model", "expired@example.com")
	s.Exec("UPDATE sessions SET expires_at = ? WHERE account_id = ?", past, expired.Account.ID)
	ended := signUp(s, "model", "ended@example.com")
	s.Exec("UPDATE sessions SET ended_at = ? WHERE account_id = ?", past, ended.Account.ID)
	details := map[string]bool{}
	for _, token := range []string{expired.RefreshToken, ended.RefreshToken, strings.Repeat("A", 43), "", strings.Repeat("a", 100_000), expired.AccessToken} {
		details[postRefresh(s, token).Problem(http.StatusUnauthorized, "invalid_refresh_token").Detail] = true
	}
	if len(details) != 1 {
		t.Errorf("the answers differ: %v", details)
	}
	alive(s, false, expired, ended)
	post(s, "/v1/token/refresh", fields{}).Faults("body.refreshToken")
}

func TestSessionKeepsTheUserAgentAsFarAsItFits(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	post(s, "/v1/signup/email", signUpBody("model", testEmail), "User-Agent: "+strings.Repeat("폰", 199)+"\xffab").Want(http.StatusCreated)
	post(s, "/v1/login/email", fields{"email": testEmail, "password": testPassword}, "User-Agent: ").Want(http.StatusOK)
	stored, err := db.Select[struct{ UserAgent string }](t.Context(), s.DB, sq.Select("user_agent").From("sessions").OrderBy("id"))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 2 || stored[0].UserAgent != strings.Repeat("폰", 199)+"a" || stored[1].UserAgent != "" {
		t.Errorf("got %q", stored)
	}
}
