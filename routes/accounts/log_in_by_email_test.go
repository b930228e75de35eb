package accounts

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

func TestLogInAnswersASessionThatWorks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.signUp("stylist", testEmail)
	answer := s.logIn(" HANEUL@example.com ", testPassword)
	if answer.status != http.StatusOK || answer.header.Get("Location") != "" {
		t.Errorf("got %d at %q", answer.status, answer.header.Get("Location"))
	}
	second := answer.session(t)
	if second.Account.ID != first.Account.ID || second.RefreshToken == first.RefreshToken {
		t.Errorf("got %+v", second)
	}
	s.alive(true, first, second)
}

func TestLogInTakesHangulHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	password := "우리집비밀번호는길다"
	s.post("/v1/signup/email", signUpBody("model", testEmail).with("password", norm.NFD.String(password)).String()).session(t)
	s.logIn(testEmail, password).session(t)
	s.logIn(testEmail, norm.NFD.String(password)).session(t)
}

func TestLogInDoesNotTrimPasswords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.post("/v1/signup/email", signUpBody("model", testEmail).with("password", " ten spaces ").String()).session(t)
	s.logIn(testEmail, " ten spaces ").session(t)
	s.logIn(testEmail, "ten spaces").is(t, http.StatusUnauthorized, "invalid_credentials")
}

func TestLogInNeedsBothProperties(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if p := s.post("/v1/login/email", `{"remember": true}`).is(t, http.StatusUnprocessableEntity, "invalid_input"); len(p.Errors) != 3 {
		t.Errorf("got %v", p.Errors)
	}
}

// Whatever is wrong, the answer is the same and one hash of the usual cost is
// compared, which is what the time goes into.
func TestLogInShowsNothingOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	exact := strings.Repeat("x", longestPasswordBytes)
	s.post("/v1/signup/email", signUpBody("model", testEmail).with("password", exact).String()).session(t)
	without := s.signUp("model", "kakao@example.com")
	s.exec(sq.Update("accounts").Set("password_hash", nil).Where(sq.Eq{"id": without.Account.ID}))

	var mu sync.Mutex
	var costs []int
	s.passwords.compare = func(hash, password []byte) error {
		mu.Lock()
		defer mu.Unlock()
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			t.Error(err)
		}
		costs = append(costs, cost)
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	details := map[string]bool{}
	for name, body := range map[string]fields{
		"wrong password":             {"email": testEmail, "password": "wrong password"},
		"unknown email":              {"email": "nobody@example.com", "password": testPassword},
		"email that is none":         {"email": "nobody", "password": testPassword},
		"email beyond ASCII":         {"email": "ｈaneul@example.com", "password": exact},
		"account without a password": {"email": "kakao@example.com", "password": testPassword},
		"password with more behind":  {"email": testEmail, "password": exact + "y"},
		"longest password":           {"email": testEmail, "password": strings.Repeat("가", 10000)},
		"password of the dummy":      {"email": "nobody@example.com", "password": strings.Repeat("e", 53)},
	} {
		costs = nil
		p := s.post("/v1/login/email", body.String()).is(t, http.StatusUnauthorized, "invalid_credentials")
		details[p.Detail] = true
		if len(costs) != 1 || costs[0] != bcrypt.MinCost {
			t.Errorf("%s compared hashes of the costs %v, want one of %d", name, costs, bcrypt.MinCost)
		}
	}
	if len(details) != 1 {
		t.Errorf("the answers differ: %v", details)
	}
	s.logIn(testEmail, exact).session(t)
}

func TestDummyHashTakesAsLongAsAnyAndMatchesNothing(t *testing.T) {
	t.Parallel()
	p := newPasswords(defaultHashCost)
	if cost, err := bcrypt.Cost([]byte(p.dummy)); err != nil || cost != defaultHashCost {
		t.Errorf("got cost %d, %v", cost, err)
	}
	p = newPasswords(bcrypt.MinCost)
	if err := bcrypt.CompareHashAndPassword([]byte(p.dummy), nil); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("got %v", err)
	}
	p.compare = func(_, _ []byte) error { return nil }
	if good, err := p.match(t.Context(), "", testPassword); good || err != nil {
		t.Errorf("a missing hash matches: %v %v", good, err)
	}
}

func TestBrokenHashIsNoWrongPassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	session := s.signUp("model", testEmail)
	s.exec(sq.Update("accounts").Set("password_hash", "none").Where(sq.Eq{"id": session.Account.ID}))
	s.logIn(testEmail, testPassword).is(t, http.StatusInternalServerError, "internal_error")
}

func TestPasswordsWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	p := newPasswords(bcrypt.MinCost)
	for range cap(p.turns) {
		p.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.hash(ctx, testPassword); !errors.Is(err, context.Canceled) {
		t.Errorf("hash got %v", err)
	}
	if good, err := p.match(ctx, "", testPassword); good || !errors.Is(err, context.Canceled) {
		t.Errorf("match got %v, %v", good, err)
	}
	<-p.turns
	hash, err := p.hash(t.Context(), testPassword)
	if err != nil {
		t.Fatal(err)
	}
	if good, err := p.match(t.Context(), hash, testPassword); !good || err != nil {
		t.Errorf("match got %v, %v", good, err)
	}
}

func BenchmarkLogIn(b *testing.B) {
	p := newPasswords(defaultHashCost)
	hash, err := p.hash(b.Context(), testPassword)
	if err != nil {
		b.Fatal(err)
	}
	for name, stored := range map[string]string{"known": hash, "unknown": ""} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := p.match(b.Context(), stored, "wrong password"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
