package accounts_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/routestest"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

func TestSignUpAnswersASessionThatWorks(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"stylist", "model"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := routestest.New(t)
			answer := postSignUp(s, signUpBody(role, testEmail))
			if answer.Header.Get("Location") != "/v1/me" {
				t.Errorf("it is at %q", answer.Header.Get("Location"))
			}
			session := session(answer, http.StatusCreated)
			about(t, "accessTokenExpiresAt", session.AccessTokenExpiresAt.Time, time.Now().Add(15*time.Minute))
			about(t, "refreshTokenExpiresAt", session.RefreshTokenExpiresAt.Time, time.Now().AddDate(0, 0, 60))
			if session.Account.Role != api.Role(role) || *session.Account.Email != testEmail || session.Account.Avatar.URL == "" {
				t.Errorf("got the account %+v", session.Account)
			}
			alive(s, true, session)
			if n := s.Count("SELECT COUNT(*) FROM "+role+"s WHERE account_id = ?", session.Account.ID); n != 1 {
				t.Errorf("it has %d profiles", n)
			}
		})
	}
}

func TestSignUpKeepsNoSecretInTheClear(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	session := signUp(s, "model", testEmail)
	stored, err := db.Get[struct {
		PasswordHash string
		BirthDate    time.Time
	}](t.Context(), s.DB, sq.Select("password_hash", "birth_date").From("accounts"))
	if err != nil {
		t.Fatal(err)
	}
	if bcrypt.CompareHashAndPassword([]byte(stored.PasswordHash), []byte(testPassword)) != nil {
		t.Error("the password is not kept as its bcrypt hash")
	}
	if got := stored.BirthDate.Format(time.DateOnly); got != "2000-02-29" {
		t.Errorf("the birth date is %s", got)
	}
	hash := sha256.Sum256([]byte(session.RefreshToken))
	if s.Count("SELECT COUNT(*) FROM refresh_tokens WHERE token_hash = ?", hash[:]) != 1 {
		t.Error("the refresh token is not kept as its SHA-256")
	}
}

func TestSignUpNormalisesEmailAndName(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	body := signUpBody("stylist", "  Haneul@EXAMPLE.com ").with("name", "  "+norm.NFD.String("김하늘")+"\n")
	got := session(postSignUp(s, body), http.StatusCreated).Account
	if *got.Email != testEmail || got.Name != "김하늘" {
		t.Errorf("got %q %q", *got.Email, got.Name)
	}
	postSignUp(s, signUpBody("model", "HANEUL@example.com")).Problem(http.StatusConflict, "email_taken")
}

func TestSignUpKeepsAgreementsOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	body := signUpBody("model", testEmail).with("agreements", []string{"terms-2024", "privacy", "terms-2024"})
	id := session(postSignUp(s, body), http.StatusCreated).Account.ID
	agreed, err := db.Select[struct{ Agreement string }](t.Context(), s.DB, sq.Select("agreement").From("account_agreements").Where(sq.Eq{"account_id": id}).OrderBy("agreement"))
	if err != nil {
		t.Fatal(err)
	}
	if len(agreed) != 2 || agreed[0].Agreement != "privacy" || agreed[1].Agreement != "terms-2024" {
		t.Errorf("got %v", agreed)
	}
}

func TestSignUpListsEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	postSignUp(s, fields{
		"role": "admin", "email": "Haneul <haneul@example.com>", "password": strings.Repeat("가", 25), "name": " \u3000 ",
		"birthDate": "2999-01-01", "agreements": []any{"Terms!", map[string]any{}}, "id": 5,
	}).Faults("body.agreements[0]", "body.agreements[1]", "body.birthDate", "body.email", "body.id", "body.name", "body.password", "body.role")
}

func TestSignUpRefusesWhatCannotBeStored(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	long := strings.Repeat("a", 70)
	tests := []struct {
		name, field string
		value       any
		fault       string
	}{
		{"role of an admin", "role", "admin", "body.role: not_a_choice, must be one of stylist, model"},
		{"email that is none", "email", "haneul", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"empty email", "email", "", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"blank email", "email", "   ", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email with a name", "email", "Ha <ha@example.com>", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email with a comment", "email", "ha@example.com (Ha)", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"quoted email", "email", `"h a"@example.com`, "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email at a bare host", "email", "haneul@localhost", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email at an address", "email", "haneul@[127.0.0.1]", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email at a bad host", "email", "haneul@-example.com", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email beyond ASCII", "email", "하늘@example.com", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email with a letter that only looks like one", "email", "\u0430im@example.com", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"email with a long local part", "email", long + "@example.com", "body.email: wrong_format, must be an email address such as name@example.com"},
		{"long email", "email", "haneul@" + strings.Repeat("example.", 31) + "com", "body.email: too_long, must have a length of at most 254"},
		{"email that is a number", "email", 5, "body.email: wrong_type, must be a text"},
		{"short password", "password", "123456789", "body.password: too_short, must have a length of at least 10"},
		{"password that is short once composed", "password", norm.NFD.String("각각각각"), "body.password: too_short, must have a length of at least 10"},
		{"password that is short either way", "password", norm.NFD.String("각각각"), "body.password: too_short, must have a length of at least 10"},
		{"password of 73 bytes", "password", strings.Repeat("a", 73), "body.password: too_long, must have at most 72 bytes, of which a Hangul syllable takes 3"},
		{"password of 25 syllables", "password", strings.Repeat("가", 25), "body.password: too_long, must have at most 72 bytes, of which a Hangul syllable takes 3"},
		{"password that is no text", "password", true, "body.password: wrong_type, must be a text"},
		{"empty name", "name", "", "body.name: too_short, must have a length of at least 1"},
		{"blank name", "name", "\u00a0\u3000\u200b\n", "body.name: wrong_format, must be more than spaces"},
		{"name of fillers", "name", "\u3164\u115f\u1160\uffa0", "body.name: wrong_format, must be more than spaces"},
		{"name of blank braille", "name", "\u2800", "body.name: wrong_format, must be more than spaces"},
		{"name of control characters", "name", "\u0000\u202e", "body.name: too_short, must have a length of at least 1"},
		{"long name", "name", strings.Repeat("김", 41), "body.name: too_long, must have a length of at most 40"},
		{"name that is long once composed", "name", strings.Repeat("\u0958", 21), "body.name: too_long, must have a length of at most 40"},
		{"name that is a list", "name", []string{"김"}, "body.name: wrong_type, must be a text"},
		{"birth date that is none", "birthDate", "2000-02-30", "body.birthDate: wrong_format, must be a date such as 2001-12-31"},
		{"birth date that is a time", "birthDate", "2000-02-29T00:00:00Z", "body.birthDate: wrong_format, must be a date such as 2001-12-31"},
		{"birth date in the future", "birthDate", time.Now().AddDate(0, 0, 2).Format(time.DateOnly), "body.birthDate: too_late, is in the future"},
		{"birth date of the first year", "birthDate", "0001-01-01", "body.birthDate: too_early, is too long ago"},
		{"agreement that is no code", "agreements", []string{"TERMS"}, "body.agreements[0]: wrong_format, must be 1 to 50 of a-z, 0-9 and _.-"},
		{"agreement with a line after it", "agreements", []string{"terms\n"}, "body.agreements[0]: wrong_format, must be 1 to 50 of a-z, 0-9 and _.-"},
		{"21 agreements", "agreements", strings.Split(strings.Repeat("terms ", 20)+"terms", " "), "body.agreements: too_many, must list at most 20"},
		{"unknown property", "emailVerified", true, "body.emailVerified: unknown, is not known here"},
		{"property in another case", "Name", "김하늘", "body.Name: unknown, is not known here"},
	}
	for _, test := range tests {
		p := postSignUp(s, signUpBody("stylist", testEmail).with(test.field, test.value)).Problem(http.StatusUnprocessableEntity, "invalid_input")
		var faults []string
		for _, fault := range p.Errors {
			faults = append(faults, fault.Location+": "+fault.Code+", "+fault.Message)
		}
		if got := strings.Join(faults, ", "); got != test.fault {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.fault)
		}
	}
	if n := s.Count("SELECT COUNT(*) FROM accounts"); n != 0 {
		t.Errorf("there are %d accounts", n)
	}
}

func TestSignUpNeedsEveryProperty(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	postSignUp(s, fields{}).Faults("body.birthDate", "body.email", "body.name", "body.password", "body.role")
	s.Anyone().Post("/v1/signup/email", `{"email": "haneul`).Problem(http.StatusBadRequest, "malformed_request")
}

func TestSignUpTakesWhatJustFits(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
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
		if answer := postSignUp(s, body); answer.Status != http.StatusCreated {
			t.Errorf("%s %s got %d %s", test.field, test.value, answer.Status, answer.Body)
		}
	}
}

func TestSignUpUnder14IsTooYoung(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	born := time.Now().AddDate(-14, 0, 2).Format(time.DateOnly)
	p := postSignUp(s, signUpBody("model", testEmail).with("birthDate", born)).Problem(http.StatusUnprocessableEntity, "too_young")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.birthDate" {
		t.Errorf("got %v", p.Errors)
	}
	if s.Count("SELECT COUNT(*) FROM accounts") != 0 {
		t.Error("it made an account")
	}
}

func TestSignUpsWithOneEmailMakeOneAccount(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	const rivals = 16
	answers := make([]routestest.Answer, rivals)
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() {
			role := []string{"stylist", "model"}[i%2]
			answers[i] = postSignUp(s, signUpBody(role, testEmail).with("agreements", []string{"terms"}))
		})
	}
	all.Wait()
	made := 0
	for _, answer := range answers {
		if answer.Status == http.StatusCreated {
			made++
			continue
		}
		answer.Problem(http.StatusConflict, "email_taken")
	}
	profiles := s.Count("SELECT COUNT(*) FROM stylists") + s.Count("SELECT COUNT(*) FROM models")
	if accounts, sessions := s.Count("SELECT COUNT(*) FROM accounts"), s.Count("SELECT COUNT(*) FROM sessions"); made != 1 || accounts != 1 || profiles != 1 || sessions != 1 {
		t.Errorf("got %d answers of 201, %d accounts, %d profiles, %d sessions", made, accounts, profiles, sessions)
	}
}

func TestFaultsAreToldInTheLanguageThatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	body := signUpBody("model", testEmail).with("password", "short").with("birthDate", "2000-02-30")
	for language, want := range map[string]string{
		"en":              "en: The request has faults; errors lists them. must be a date such as 2001-12-31, must have a length of at least 10",
		"ko-KR, en;q=0.5": "ko: 요청에 잘못된 것이 있습니다. errors에 하나씩 적었습니다. 2001-12-31 같은 날짜여야 합니다, 10자 이상이어야 합니다",
	} {
		a := s.Anyone().Call("POST", "/v1/signup/email", body, "Accept-Language: "+language)
		p := a.Problem(http.StatusUnprocessableEntity, "invalid_input")
		if got := fmt.Sprintf("%s: %s %s, %s", a.Header.Get("Content-Language"), p.Detail, p.Errors[0].Message, p.Errors[1].Message); got != want {
			t.Errorf("%s: got %s, want %s", language, got, want)
		}
		if limit := p.Errors[1].Limit; p.Errors[0].Limit != nil || limit == nil || *limit != 10 {
			t.Errorf("%s: the limits are %v and %v", language, p.Errors[0].Limit, limit)
		}
	}
}
