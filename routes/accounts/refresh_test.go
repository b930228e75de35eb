package accounts

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

func TestRefreshAnswersNewTokensOfTheSameSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.signUp("model", testEmail)
	soon := time.Now().UTC().Add(time.Hour)
	s.exec(sq.Update("sessions").Set("expires_at", soon).Set("last_used_at", soon.AddDate(0, 0, -9)))
	answer := s.refresh(first.RefreshToken)
	second := answer.session(t)
	if answer.status != http.StatusOK || second.RefreshToken == first.RefreshToken || second.Account.ID != first.Account.ID {
		t.Errorf("got %d %+v", answer.status, second)
	}
	about(t, "refreshTokenExpiresAt", second.RefreshTokenExpiresAt, time.Now().AddDate(0, 0, 60))
	stored, err := db.Get[struct{ ExpiresAt, LastUsedAt time.Time }](t.Context(), s.db, sq.Select("expires_at", "last_used_at").From("sessions"))
	if err != nil {
		t.Fatal(err)
	}
	if !stored.ExpiresAt.Equal(second.RefreshTokenExpiresAt) {
		t.Errorf("stored %v, answered %v", stored.ExpiresAt, second.RefreshTokenExpiresAt)
	}
	about(t, "last_used_at", stored.LastUsedAt, time.Now())
	s.alive(true, first, second)
	third := s.refresh(second.RefreshToken).session(t)
	s.alive(true, third)
}

func TestRefreshTokenIsRandom(t *testing.T) {
	t.Parallel()
	a, b := newGrant().token, newGrant().token
	raw, err := base64.RawURLEncoding.DecodeString(a)
	if a == b || err != nil || len(raw) != 32 {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestReusedRefreshTokenEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other := s.signUp("model", testEmail)
	first := s.logIn(testEmail, testPassword).session(t)
	second := s.refresh(first.RefreshToken).session(t)
	s.refresh(first.RefreshToken).is(t, http.StatusUnauthorized, "invalid_refresh_token")
	s.alive(false, first, second)
	s.refresh(second.RefreshToken).is(t, http.StatusUnauthorized, "invalid_refresh_token")
	s.alive(true, other)
}

func TestRefreshesWithOneTokenHaveOneWinner(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("model", testEmail)
	const rivals = 12
	answers := make([]answer, rivals)
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() { answers[i] = s.refresh(session.RefreshToken) })
	}
	all.Wait()
	var winners []Session
	for _, answer := range answers {
		if answer.status == http.StatusOK {
			winners = append(winners, answer.session(t))
			continue
		}
		answer.is(t, http.StatusUnauthorized, "invalid_refresh_token")
	}
	if len(winners) != 1 {
		t.Fatalf("%d won", len(winners))
	}
	// Nobody can tell which of them was the thief.
	s.alive(false, winners[0])
}

func TestRefreshShowsNothingOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	past := time.Now().UTC().Add(-time.Second)
	expired := s.signUp("model", "expired@example.com")
	s.exec(sq.Update("sessions").Set("expires_at", past).Where(sq.Eq{"account_id": expired.Account.ID}))
	ended := s.signUp("model", "ended@example.com")
	s.exec(sq.Update("sessions").Set("ended_at", past).Where(sq.Eq{"account_id": ended.Account.ID}))
	details := map[string]bool{}
	for name, token := range map[string]string{
		"expired": expired.RefreshToken, "ended": ended.RefreshToken, "unknown": newGrant().token, "empty": "", "long": strings.Repeat("a", 100_000),
		"access token": expired.AccessToken,
	} {
		t.Log(name)
		details[s.refresh(token).is(t, http.StatusUnauthorized, "invalid_refresh_token").Detail] = true
	}
	if len(details) != 1 {
		t.Errorf("the answers differ: %v", details)
	}
	s.alive(false, expired, ended)
	s.post("/v1/token/refresh", `{}`).is(t, http.StatusUnprocessableEntity, "invalid_input")
}

func TestSessionKeepsTheUserAgentAsFarAsItFits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.send(http.MethodPost, "/v1/signup/email", "", signUpBody("model", testEmail).String(), "User-Agent", strings.Repeat("폰", 199)+"\xffab").session(t)
	s.send(http.MethodPost, "/v1/login/email", "", fields{"email": testEmail, "password": testPassword}.String(), "User-Agent", "").session(t)
	stored, err := db.Select[struct{ UserAgent string }](t.Context(), s.db, sq.Select("user_agent").From("sessions").OrderBy("id"))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 2 || stored[0].UserAgent != strings.Repeat("폰", 199)+"a" || stored[1].UserAgent != "" {
		t.Errorf("got %q", stored)
	}
}
