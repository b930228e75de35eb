package accounts

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/config"
	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
)

var testKeys = []config.JWTKey{
	{ID: "new", Secret: bytes.Repeat([]byte("n"), 32)},
	{ID: "old", Secret: bytes.Repeat([]byte("o"), 32)},
}

var testLinks = photos.Links{BaseURL: "https://freety.example"}

// newAccounts is without routes: its handlers are called as they are.
func newAccounts(t *testing.T) *Accounts {
	t.Helper()
	return New(dbtest.New(t), testLinks, testKeys, bcrypt.MinCost, false)
}

func signUp(t *testing.T, a *Accounts, role api.Role, email Email, password Password) Session {
	t.Helper()
	out, err := a.SignUpByEmail(t.Context(), &signUpByEmailInput{Body: EmailSignUp{Role: SignUpRole(role), Email: email, Password: password, Name: "김하늘", BirthDate: "2000-02-29"}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Body
}

func TestNewWithoutAKeyPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("it did not panic")
		}
	}()
	New(nil, testLinks, nil, 0, false)
}

var testCaller = api.Caller{AccountID: 7, SessionID: 9, Role: api.Model}

func decoded(t *testing.T, segment string) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTokenSaysWhoCalls(t *testing.T) {
	t.Parallel()
	tokens := newTokens(testKeys)
	now := time.Now()
	text, expires, err := tokens.issue(testCaller, now)
	if err != nil {
		t.Fatal(err)
	}
	if !expires.Equal(now.Truncate(time.Second).Add(15 * time.Minute)) {
		t.Errorf("it ends at %v", expires)
	}
	got, err := tokens.verify(text)
	if err != nil || got != testCaller {
		t.Errorf("got %+v, %v", got, err)
	}
	parts := strings.Split(text, ".")
	if header := decoded(t, parts[0]); header["alg"] != "HS256" || header["kid"] != "new" {
		t.Errorf("got the header %v", header)
	}
	said := decoded(t, parts[1])
	if names := slices.Sorted(maps.Keys(said)); !slices.Equal(names, []string{"exp", "iat", "iss", "role", "sid", "sub"}) {
		t.Errorf("got the claims %v", names)
	}
	if said["exp"] != float64(expires.Unix()) || said["iat"] != float64(now.Unix()) {
		t.Errorf("got the times %v and %v, answered %v", said["iat"], said["exp"], expires)
	}
}

func TestTokenOfEveryKeyIsGoodAndTheFirstSigns(t *testing.T) {
	t.Parallel()
	old, _, err := newTokens(testKeys[1:]).issue(testCaller, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newTokens(testKeys).verify(old); err != nil {
		t.Errorf("the old key's: %v", err)
	}
	recent, _, err := newTokens(testKeys).issue(testCaller, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newTokens(testKeys[1:]).verify(recent); err == nil {
		t.Error("a key that is not known verifies")
	}
}

func TestAuthenticateLooksTheSessionUp(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	model := signUp(t, a, api.Model, "haneul@example.com", testPassword)
	stylist := signUp(t, a, api.Stylist, "stylist@example.com", testPassword)
	caller, err := a.Authenticate(t.Context(), model.AccessToken)
	if err != nil || caller.AccountID != model.Account.ID || caller.Role != api.Model || caller.SessionID == 0 {
		t.Fatalf("got %+v, %v", caller, err)
	}
	for name, claimed := range map[string]api.Caller{
		"no session":        {AccountID: caller.AccountID, Role: api.Model},
		"unknown session":   {AccountID: caller.AccountID, SessionID: caller.SessionID + 100, Role: api.Model},
		"another's session": {AccountID: stylist.Account.ID, SessionID: caller.SessionID, Role: api.Model},
		"negative":          {AccountID: -1, SessionID: -1},
	} {
		token, _, err := a.tokens.issue(claimed, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Authenticate(t.Context(), token); !errors.Is(err, api.ErrToken) {
			t.Errorf("%s got %v", name, err)
		}
	}
	// The role is the account's, whatever a token says.
	token, _, err := a.tokens.issue(api.Caller{AccountID: caller.AccountID, SessionID: caller.SessionID, Role: api.Admin}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Authenticate(t.Context(), token); err != nil || got != caller {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := db.Exec(t.Context(), a.db, sq.Update("sessions").Set("expires_at", time.Now().UTC().Add(-time.Second)).Where(sq.Eq{"id": caller.SessionID})); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Authenticate(t.Context(), model.AccessToken); !errors.Is(err, api.ErrToken) {
		t.Errorf("of a session that has expired: %v", err)
	}
	if _, err := a.Authenticate(t.Context(), stylist.AccessToken); err != nil {
		t.Errorf("of the other session: %v", err)
	}
}

func TestAuthenticateTellsAnUnreachableDatabaseFromABadToken(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	session := signUp(t, a, api.Model, "haneul@example.com", testPassword)
	if err := a.db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Authenticate(t.Context(), session.AccessToken); err == nil || errors.Is(err, api.ErrToken) {
		t.Errorf("got %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	tokens := newTokens(testKeys)
	good, _, err := tokens.issue(testCaller, time.Now().AddDate(1, 0, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, token := range forgedHeaders(f, testCaller) {
		f.Add(token)
	}
	for _, token := range damaged(testCaller) {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := tokens.verify(token); err == nil && token != good {
			t.Errorf("%q was never issued", token)
		}
	})
}
