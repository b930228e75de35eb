package accounts

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

func TestSignUpAnswersASessionThatWorks(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"stylist", "model"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			answer := s.post("/v1/signup/email", signUpBody(role, testEmail).String())
			if answer.status != http.StatusCreated || answer.header.Get("Location") != "/v1/me" {
				t.Errorf("got %d at %q", answer.status, answer.header.Get("Location"))
			}
			session := answer.session(t)
			about(t, "accessTokenExpiresAt", session.AccessTokenExpiresAt, time.Now().Add(15*time.Minute))
			about(t, "refreshTokenExpiresAt", session.RefreshTokenExpiresAt, time.Now().AddDate(0, 0, 60))
			if session.Account.Role != api.Role(role) || *session.Account.Email != testEmail || session.Account.Avatar.URL == "" {
				t.Errorf("got the account %+v", session.Account)
			}
			s.alive(true, session)
			if n := s.count(role+"s", sq.Eq{"account_id": session.Account.ID}); n != 1 {
				t.Errorf("it has %d profiles", n)
			}
		})
	}
}

func TestSignUpKeepsNoSecretInTheClear(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("model", testEmail)
	stored, err := db.Get[struct {
		PasswordHash string
		BirthDate    time.Time
	}](t.Context(), s.db, sq.Select("password_hash", "birth_date").From("accounts"))
	if err != nil {
		t.Fatal(err)
	}
	if bcrypt.CompareHashAndPassword([]byte(stored.PasswordHash), []byte(testPassword)) != nil {
		t.Error("the password is not kept as its bcrypt hash")
	}
	if got := stored.BirthDate.Format(time.DateOnly); got != "2000-02-29" {
		t.Errorf("the birth date is %s", got)
	}
	if s.count("refresh_tokens", sq.Eq{"token_hash": hashOf(session.RefreshToken)}) != 1 {
		t.Error("the refresh token is not kept as its SHA-256")
	}
}

func TestSignUpNormalisesEmailAndName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := signUpBody("stylist", "  Haneul@EXAMPLE.com ").with("name", "  "+norm.NFD.String("김하늘")+"\n")
	got := s.post("/v1/signup/email", body.String()).session(t).Account
	if *got.Email != testEmail || got.Name != "김하늘" {
		t.Errorf("got %q %q", *got.Email, got.Name)
	}
	s.post("/v1/signup/email", signUpBody("model", "HANEUL@example.com").String()).is(t, http.StatusConflict, "email_taken")
}

func TestSignUpKeepsAgreementsOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := signUpBody("model", testEmail).with("agreements", []string{"terms-2024", "privacy", "terms-2024"})
	id := s.post("/v1/signup/email", body.String()).session(t).Account.ID
	agreed, err := db.Select[struct{ Agreement string }](t.Context(), s.db, sq.Select("agreement").From("account_agreements").Where(sq.Eq{"account_id": id}).OrderBy("agreement"))
	if err != nil {
		t.Fatal(err)
	}
	if len(agreed) != 2 || agreed[0].Agreement != "privacy" || agreed[1].Agreement != "terms-2024" {
		t.Errorf("got %v", agreed)
	}
}

func TestSignUpListsEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.post("/v1/signup/email", fields{
		"role": "admin", "email": "Haneul <haneul@example.com>", "password": strings.Repeat("가", 25), "name": " \u3000 ",
		"birthDate": "2999-01-01", "agreements": []any{"Terms!", map[string]any{}}, "id": 5,
	}.String()).is(t, http.StatusUnprocessableEntity, "invalid_input")
	var got []string
	for _, fault := range p.Errors {
		got = append(got, fault.Location)
	}
	want := "body.agreements[0] body.agreements[1] body.birthDate body.email body.id body.name body.password body.role"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestSignUpRefusesWhatCannotBeStored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	long := strings.Repeat("a", 70)
	tests := []struct {
		name, field string
		value       any
		fault       string
	}{
		{"role of an admin", "role", "admin", `body.role: expected value to be one of "stylist, model"`},
		{"email that is none", "email", "haneul", "body.email: expected string to be RFC 5322 email"},
		{"empty email", "email", "", "body.email: expected string to be RFC 5322 email"},
		{"blank email", "email", "   ", "body.email: expected string to be RFC 5322 email"},
		{"email with a name", "email", "Ha <ha@example.com>", "body.email: is not a plain email address such as name@example.com"},
		{"email with a comment", "email", "ha@example.com (Ha)", "body.email: is not a plain email address such as name@example.com"},
		{"quoted email", "email", `"h a"@example.com`, "body.email: is not a plain email address such as name@example.com"},
		{"email at a bare host", "email", "haneul@localhost", "body.email: is not a plain email address such as name@example.com"},
		{"email at an address", "email", "haneul@[127.0.0.1]", "body.email: is not a plain email address such as name@example.com"},
		{"email at a bad host", "email", "haneul@-example.com", "body.email: is not a plain email address such as name@example.com"},
		{"email beyond ASCII", "email", "하늘@example.com", "body.email: is not a plain email address such as name@example.com"},
		{"email with a letter that only looks like one", "email", "\u0430im@example.com", "body.email: is not a plain email address such as name@example.com"},
		{"email with a long local part", "email", long + "@example.com", "body.email: is not a plain email address such as name@example.com"},
		{"long email", "email", "haneul@" + strings.Repeat("example.", 31) + "com", "body.email: expected length <= 254"},
		{"email that is a number", "email", 5, "body.email: expected string"},
		{"short password", "password", "123456789", "body.password: expected length >= 10"},
		{"password that is short once composed", "password", norm.NFD.String("각각각각"), "body.password: expected length >= 10"},
		{"password that is short either way", "password", norm.NFD.String("각각각"), "body.password: expected length >= 10"},
		{"password of 73 bytes", "password", strings.Repeat("a", 73), "body.password: is longer than 72 bytes; a Hangul syllable takes 3"},
		{"password of 25 syllables", "password", strings.Repeat("가", 25), "body.password: is longer than 72 bytes; a Hangul syllable takes 3"},
		{"password that is no text", "password", true, "body.password: expected string"},
		{"empty name", "name", "", "body.name: expected length >= 1, body.name: expected string to be more than blank"},
		{"blank name", "name", "\u00a0\u3000\u200b\n", "body.name: expected string to be more than blank"},
		{"long name", "name", strings.Repeat("김", 41), "body.name: expected length <= 40"},
		{"name that is long once composed", "name", strings.Repeat("\u0958", 21), "body.name: expected length <= 40"},
		{"name that is a list", "name", []string{"김"}, "body.name: expected string"},
		{"birth date that is none", "birthDate", "2000-02-30", "body.birthDate: expected string to be RFC 3339 date"},
		{"birth date that is a time", "birthDate", "2000-02-29T00:00:00Z", "body.birthDate: expected string to be RFC 3339 date"},
		{"birth date in the future", "birthDate", time.Now().AddDate(0, 0, 2).Format(time.DateOnly), "body.birthDate: is in the future"},
		{"birth date of the first year", "birthDate", "0001-01-01", "body.birthDate: is too long ago"},
		{"agreement that is no code", "agreements", []string{"TERMS"}, "body.agreements[0]: expected string to be 1 to 50 of a-z, 0-9 and _.-"},
		{"agreement with a line after it", "agreements", []string{"terms\n"}, "body.agreements[0]: expected string to be 1 to 50 of a-z, 0-9 and _.-"},
		{"21 agreements", "agreements", strings.Split(strings.Repeat("terms ", 20)+"terms", " "), "body.agreements: expected array length <= 20"},
		{"unknown property", "emailVerified", true, "body.emailVerified: unknown property"},
		{"property in another case", "Name", "김하늘", "body.Name: unknown property"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := s.post("/v1/signup/email", signUpBody("stylist", testEmail).with(test.field, test.value).String()).is(t, http.StatusUnprocessableEntity, "invalid_input")
			var faults []string
			for _, fault := range p.Errors {
				faults = append(faults, fault.Location+": "+fault.Message)
			}
			if got := strings.Join(faults, ", "); got != test.fault {
				t.Errorf("got  %s\nwant %s", got, test.fault)
			}
		})
	}
	if n := s.count("accounts", "1 = 1"); n != 0 {
		t.Errorf("there are %d accounts", n)
	}
}

func TestSignUpNeedsEveryProperty(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if p := s.post("/v1/signup/email", "{}").is(t, http.StatusUnprocessableEntity, "invalid_input"); len(p.Errors) != 5 {
		t.Errorf("got %v, want the 5 properties", p.Errors)
	}
	s.post("/v1/signup/email", `{"email": "haneul`).is(t, http.StatusBadRequest, "malformed_request")
}

func TestSignUpTakesWhatJustFits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, test := range []struct{ field, value string }{
		{"password", "1234567890"},
		{"password", strings.Repeat("가", 24)},
		{"name", strings.Repeat("김", 40)},
		{"email", strings.Repeat("e", 64) + "@" + strings.Repeat("example.", 23) + "co.kr"},
		{"email", "o'neil+freety@a-b.example.com"},
		{"birthDate", time.Now().In(api.Zone(api.DefaultZone)).AddDate(-14, 0, -1).Format(time.DateOnly)},
		{"birthDate", time.Now().AddDate(-120, 0, 0).Format(time.DateOnly)},
	} {
		body := signUpBody("model", fmt.Sprintf("%d@example.com", i)).with(test.field, test.value)
		if answer := s.post("/v1/signup/email", body.String()); answer.status != http.StatusCreated {
			t.Errorf("%s %s got %d %s", test.field, test.value, answer.status, answer.body)
		}
	}
}

func TestSignUpUnder14IsTooYoung(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	born := time.Now().AddDate(-14, 0, 2).Format(time.DateOnly)
	p := s.post("/v1/signup/email", signUpBody("model", testEmail).with("birthDate", born).String()).is(t, http.StatusUnprocessableEntity, "too_young")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.birthDate" {
		t.Errorf("got %v", p.Errors)
	}
	if s.count("accounts", "1 = 1") != 0 {
		t.Error("it made an account")
	}
}

func TestAgeIsCountedOnTheDayInSeoul(t *testing.T) {
	t.Parallel()
	beforeMidnight := time.Date(2024, 5, 10, 14, 59, 59, 0, time.UTC)
	for _, test := range []struct {
		born  BirthDate
		now   time.Time
		young bool
	}{
		{"2010-05-11", beforeMidnight, true},
		{"2010-05-11", beforeMidnight.Add(time.Second), false},
		{"2010-05-10", beforeMidnight, false},
		{"2012-02-29", time.Date(2026, 2, 28, 3, 0, 0, 0, time.UTC), true},
		{"2012-02-29", time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), false},
	} {
		if got := test.born.tooYoung(test.now); got != test.young {
			t.Errorf("born %s, at %v: too young is %v", test.born, test.now, got)
		}
	}
}

func TestSignUpsWithOneEmailMakeOneAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const rivals = 16
	answers := make([]answer, rivals)
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() {
			role := []string{"stylist", "model"}[i%2]
			answers[i] = s.post("/v1/signup/email", signUpBody(role, testEmail).with("agreements", []string{"terms"}).String())
		})
	}
	all.Wait()
	made := 0
	for _, answer := range answers {
		if answer.status == http.StatusCreated {
			made++
			continue
		}
		answer.is(t, http.StatusConflict, "email_taken")
	}
	profiles := s.count("stylists", "1 = 1") + s.count("models", "1 = 1")
	if accounts, sessions := s.count("accounts", "1 = 1"), s.count("sessions", "1 = 1"); made != 1 || accounts != 1 || profiles != 1 || sessions != 1 {
		t.Errorf("got %d answers of 201, %d accounts, %d profiles, %d sessions", made, accounts, profiles, sessions)
	}
}
