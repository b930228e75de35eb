package accounts

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
)

const testPassword = "correct horse battery"

// One hash of the usual cost is compared, which is what the time goes into.
func TestLogInComparesOneHashWhateverIsWrong(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	exact := strings.Repeat("x", longestPasswordBytes)
	signUp(t, a, api.Model, "haneul@example.com", Password(exact))
	without := signUp(t, a, api.Model, "kakao@example.com", testPassword)
	if _, err := db.Exec(t.Context(), a.db, sq.Update("accounts").Set("password_hash", nil).Where(sq.Eq{"id": without.Account.ID})); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var costs []int
	a.passwords.compare = func(hash, password []byte) error {
		mu.Lock()
		defer mu.Unlock()
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			t.Error(err)
		}
		costs = append(costs, cost)
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	for name, body := range map[string]EmailLogIn{
		"wrong password":             {"haneul@example.com", "wrong password"},
		"unknown email":              {"nobody@example.com", testPassword},
		"email that is none":         {"nobody", testPassword},
		"email beyond ASCII":         {"ｈaneul@example.com", exact},
		"account without a password": {"kakao@example.com", testPassword},
		"password with more behind":  {"haneul@example.com", exact + "y"},
		"longest password":           {"haneul@example.com", strings.Repeat("가", 10000)},
		"password of the dummy":      {"nobody@example.com", strings.Repeat("e", 53)},
	} {
		costs = nil
		_, err := a.LogInByEmail(t.Context(), &logInByEmailInput{Body: body})
		if p := (*api.Problem)(nil); !errors.As(err, &p) || p.Code != "invalid_credentials" {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(costs, []int{bcrypt.MinCost}) {
			t.Errorf("%s compared hashes of the costs %v, want one of %d", name, costs, bcrypt.MinCost)
		}
	}
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
	if good, err := p.match(t.Context(), "", testPassword, false); good || err != nil {
		t.Errorf("a missing hash matches: %v %v", good, err)
	}
}

func TestPasswordsAreHashedAtTheDefaultCost(t *testing.T) {
	t.Parallel()
	if got := New(nil, testLinks, testKeys, 0, false).passwords.cost; got != defaultHashCost {
		t.Errorf("the cost is %d, want %d", got, defaultHashCost)
	}
}

func TestPasswordsWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	p := newPasswords(bcrypt.MinCost)
	p.turns = newTurns(1)
	if err := p.turns.take(t.Context(), "", false); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.hash(ctx, testPassword); !errors.Is(err, context.Canceled) {
		t.Errorf("hash got %v", err)
	}
	if good, err := p.match(ctx, "", testPassword, false); good || !errors.Is(err, context.Canceled) {
		t.Errorf("match got %v, %v", good, err)
	}
	p.turns.give()
	hash, err := p.hash(t.Context(), testPassword)
	if err != nil {
		t.Fatal(err)
	}
	if good, err := p.match(t.Context(), hash, testPassword, false); !good || err != nil {
		t.Errorf("match got %v, %v", good, err)
	}
}

func TestWhoMustWaitCausesNoHash(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	signUp(t, a, api.Model, "haneul@example.com", testPassword)
	compared := 0
	a.passwords.compare = func(hash, password []byte) error {
		compared++
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	for range a.slowings.pair.free + 3 {
		_, _ = a.LogInByEmail(t.Context(), &logInByEmailInput{Body: EmailLogIn{"haneul@example.com", "wrong password"}})
	}
	if compared != a.slowings.pair.free {
		t.Errorf("%d hashes were compared, want %d", compared, a.slowings.pair.free)
	}
}

func TestALoginThatFindsNoPlaceInTheLineDoesNotCountAsWrong(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	signUp(t, a, api.Model, "haneul@example.com", testPassword)
	right := &logInByEmailInput{Body: EmailLogIn{"haneul@example.com", testPassword}}
	a.passwords.turns = &turns{most: 1}
	ctx, cancel := context.WithCancel(t.Context())
	waits := make(chan error)
	go func() { waits <- a.passwords.turns.take(ctx, "", true) }()
	for a.passwords.turns.waiting() == 0 {
		time.Sleep(time.Millisecond)
	}
	for range a.slowings.pair.free + 1 {
		_, err := a.LogInByEmail(t.Context(), right)
		if p := (*api.Problem)(nil); !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
			t.Errorf("got %v", err)
		}
	}
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	a.passwords.turns.give()
	if _, err := a.LogInByEmail(t.Context(), right); err != nil {
		t.Error(err)
	}
}

// waiting counts those who wait in both lines.
func (t *turns) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.regulars.length + t.strangers.length
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
				if _, err := p.match(b.Context(), stored, "wrong password", false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
