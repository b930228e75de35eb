package accounts

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"github.com/golang-jwt/jwt/v5"
)

var testCaller = api.Caller{AccountID: 7, SessionID: 9, Role: api.Model}

// forge signs what a token of testCaller would say, as changed.
func forge(t testing.TB, method jwt.SigningMethod, secret any, kid any, change func(jwt.MapClaims)) string {
	t.Helper()
	c := jwt.MapClaims{"iss": "freety", "sub": "7", "sid": 9, "role": "model", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	if change != nil {
		change(c)
	}
	token := jwt.NewWithClaims(method, c)
	if kid != nil {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

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
	about(t, "the end", expires, now.Add(15*time.Minute))
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

func badTokens(t testing.TB) map[string]string {
	t.Helper()
	secret := testKeys[0].Secret
	set := func(name string, value any) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) { c[name] = value }
	}
	without := func(name string) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) { delete(c, name) }
	}
	good := forge(t, jwt.SigningMethodHS256, secret, "new", nil)
	parts := strings.Split(good, ".")
	other := strings.Split(forge(t, jwt.SigningMethodHS256, secret, "new", set("sub", "8")), ".")
	return map[string]string{
		"empty":                     "",
		"dots":                      "..",
		"garbage":                   "nonsense",
		"garbage in parts":          "a.b.c",
		"two parts":                 parts[0] + "." + parts[1],
		"four parts":                good + ".",
		"no signature":              parts[0] + "." + parts[1] + ".",
		"signature of another":      parts[0] + "." + other[1] + "." + parts[2],
		"line break behind":         good + "\n",
		"line break in signature":   parts[0] + "." + parts[1] + "." + parts[2][:9] + "\r\n" + parts[2][9:],
		"padded":                    good + "=",
		"space":                     " " + good,
		"key that nobody knows":     forge(t, jwt.SigningMethodHS256, []byte("another secret, as long as needed"), "new", nil),
		"kid of another key":        forge(t, jwt.SigningMethodHS256, secret, "old", nil),
		"kid that nobody knows":     forge(t, jwt.SigningMethodHS256, secret, "newer", nil),
		"no kid":                    forge(t, jwt.SigningMethodHS256, secret, nil, nil),
		"kid that is a number":      forge(t, jwt.SigningMethodHS256, secret, 1, nil),
		"empty kid, empty secret":   forge(t, jwt.SigningMethodHS256, []byte{}, "", nil),
		"algorithm none":            forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "new", nil),
		"algorithm HS512":           forge(t, jwt.SigningMethodHS512, secret, "new", nil),
		"expired":                   forge(t, jwt.SigningMethodHS256, secret, "new", set("exp", time.Now().Add(-time.Second).Unix())),
		"without an end":            forge(t, jwt.SigningMethodHS256, secret, "new", without("exp")),
		"end that is text":          forge(t, jwt.SigningMethodHS256, secret, "new", set("exp", "never")),
		"not good yet":              forge(t, jwt.SigningMethodHS256, secret, "new", set("nbf", time.Now().Add(time.Hour).Unix())),
		"wrong issuer":              forge(t, jwt.SigningMethodHS256, secret, "new", set("iss", "somebody")),
		"without an issuer":         forge(t, jwt.SigningMethodHS256, secret, "new", without("iss")),
		"subject that is no number": forge(t, jwt.SigningMethodHS256, secret, "new", set("sub", "seven")),
		"without a subject":         forge(t, jwt.SigningMethodHS256, secret, "new", without("sub")),
		"session that is text":      forge(t, jwt.SigningMethodHS256, secret, "new", set("sid", "9")),
	}
}

func TestTokenThatIsNotGoodIsRefused(t *testing.T) {
	t.Parallel()
	a := New(nil, photos.Links{}, testKeys)
	if _, err := a.tokens.verify(forge(t, jwt.SigningMethodHS256, testKeys[0].Secret, "new", nil)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, token := range badTokens(t) {
		if caller, err := a.Authenticate(t.Context(), token); !errors.Is(err, api.ErrToken) || caller != (api.Caller{}) {
			t.Errorf("%s got %+v, %v", name, caller, err)
		}
	}
}

func TestAuthenticateLooksTheSessionUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	model, stylist := s.signUp("model", testEmail), s.signUp("stylist", "stylist@example.com")
	caller, err := s.Authenticate(t.Context(), model.AccessToken)
	if err != nil || caller.AccountID != model.Account.ID || caller.Role != api.Model || caller.SessionID == 0 {
		t.Fatalf("got %+v, %v", caller, err)
	}
	for name, claimed := range map[string]api.Caller{
		"no session":        {AccountID: caller.AccountID, Role: api.Model},
		"unknown session":   {AccountID: caller.AccountID, SessionID: caller.SessionID + 100, Role: api.Model},
		"another's session": {AccountID: stylist.Account.ID, SessionID: caller.SessionID, Role: api.Model},
		"negative":          {AccountID: -1, SessionID: -1},
	} {
		token, _, err := s.tokens.issue(claimed, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Authenticate(t.Context(), token); !errors.Is(err, api.ErrToken) {
			t.Errorf("%s got %v", name, err)
		}
	}
	// The role is the account's, whatever a token says.
	token, _, err := s.tokens.issue(api.Caller{AccountID: caller.AccountID, SessionID: caller.SessionID, Role: api.Admin}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Authenticate(t.Context(), token); err != nil || got != caller {
		t.Errorf("got %+v, %v", got, err)
	}
	s.exec(sq.Update("sessions").Set("expires_at", time.Now().UTC().Add(-time.Second)).Where(sq.Eq{"id": caller.SessionID}))
	s.alive(false, model)
	s.alive(true, stylist)
}

func TestAuthenticateTellsAnUnreachableDatabaseFromABadToken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("model", testEmail)
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), session.AccessToken); err == nil || errors.Is(err, api.ErrToken) {
		t.Errorf("got %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	tokens := newTokens(testKeys)
	good := forge(f, jwt.SigningMethodHS256, testKeys[0].Secret, "new", func(c jwt.MapClaims) { c["exp"] = time.Now().AddDate(1, 0, 0).Unix() })
	f.Add(good)
	for _, token := range badTokens(f) {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := tokens.verify(token); err == nil && token != good {
			t.Errorf("%q was never issued", token)
		}
	})
}
