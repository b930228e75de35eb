package accounts_test

import (
	"net/http"
	"strings"
	"testing"

	"freety/routes/routestest"

	"golang.org/x/text/unicode/norm"
)

func TestLogInAnswersASessionThatWorks(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	first := signUp(s, "stylist", testEmail)
	answer := postLogIn(s, " HANEUL@example.com ", testPassword)
	if answer.Header.Get("Location") != "" {
		t.Errorf("it is at %q", answer.Header.Get("Location"))
	}
	second := session(answer, http.StatusOK)
	if second.Account.ID != first.Account.ID || second.RefreshToken == first.RefreshToken {
		t.Errorf("got %+v", second)
	}
	alive(s, true, first, second)
}

func TestLogInTakesHangulHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	password := "우리집비밀번호는길다"
	postSignUp(s, signUpBody("model", testEmail).with("password", norm.NFD.String(password))).Want(http.StatusCreated)
	logIn(s, testEmail, password)
	logIn(s, testEmail, norm.NFD.String(password))
}

func TestLogInDoesNotTrimPasswords(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	postSignUp(s, signUpBody("model", testEmail).with("password", " ten spaces ")).Want(http.StatusCreated)
	logIn(s, testEmail, " ten spaces ")
	postLogIn(s, testEmail, "ten spaces").Problem(http.StatusUnauthorized, "invalid_credentials")
}

func TestLogInNeedsBothProperties(t *testing.T) {
	t.Parallel()
	post(routestest.New(t), "/v1/login/email", fields{"remember": true}).Faults("body.email", "body.password", "body.remember")
}

// That it takes the same time too is TestLogInComparesOneHashWhateverIsWrong.
func TestLogInShowsNothingOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	exact := strings.Repeat("x", 72)
	postSignUp(s, signUpBody("model", testEmail).with("password", exact)).Want(http.StatusCreated)
	without := signUp(s, "model", "kakao@example.com")
	s.Exec("UPDATE accounts SET password_hash = NULL WHERE id = ?", without.Account.ID)

	details := map[string]bool{}
	for _, body := range []fields{
		{"email": testEmail, "password": "wrong password"},
		{"email": "nobody@example.com", "password": testPassword},
		{"email": "nobody", "password": testPassword},
		{"email": "ｈaneul@example.com", "password": exact},
		{"email": "kakao@example.com", "password": testPassword},
		{"email": testEmail, "password": exact + "y"},
		{"email": testEmail, "password": strings.Repeat("가", 10000)},
		{"email": "nobody@example.com", "password": strings.Repeat("e", 53)},
	} {
		details[post(s, "/v1/login/email", body).Problem(http.StatusUnauthorized, "invalid_credentials").Detail] = true
	}
	if len(details) != 1 {
		t.Errorf("the answers differ: %v", details)
	}
	logIn(s, testEmail, exact)
}

func TestBrokenHashIsNoWrongPassword(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	s.MayFail()
	account := signUp(s, "model", testEmail).Account
	s.Exec("UPDATE accounts SET password_hash = 'none' WHERE id = ?", account.ID)
	postLogIn(s, testEmail, testPassword).Problem(http.StatusInternalServerError, "internal_error")
}
