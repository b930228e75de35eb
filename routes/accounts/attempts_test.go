package accounts_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"freety/config"
	"freety/routes/routestest"
)

const home = "203.0.113.9"

// behindProxy is a server to which a request says where it comes from, and on
// which the owner of testEmail has signed up at home.
func behindProxy(t *testing.T) *routestest.Server {
	s := routestest.New(t, routestest.InEarnest, routestest.WithLimits(config.Limits{}))
	post(s, "/v1/signup/email", signUpBody("model", testEmail), "X-Forwarded-For: "+home).Want(http.StatusCreated)
	return s
}

func logInFrom(s *routestest.Server, address, email, password string) routestest.Answer {
	s.T.Helper()
	return post(s, "/v1/login/email", fields{"email": email, "password": password}, "X-Forwarded-For: "+address)
}

// slowed wants a refusal that says to come again within so many seconds.
func slowed(t *testing.T, answer routestest.Answer, seconds int) {
	t.Helper()
	answer.Problem(http.StatusTooManyRequests, "too_many_requests")
	if wait, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || wait < 1 || wait > seconds {
		t.Errorf("Retry-After %q, want 1 to %d", answer.Header.Get("Retry-After"), seconds)
	}
}

func TestWrongPasswordsSlowDownTheirAddressFirst(t *testing.T) {
	t.Parallel()
	s := behindProxy(t)
	for range 5 {
		logInFrom(s, "2001:db8:1:2::1", testEmail, "wrong password").Want(http.StatusUnauthorized)
	}
	slowed(t, logInFrom(s, "2001:db8:1:2::1", testEmail, "wrong password"), 30)
	slowed(t, logInFrom(s, "2001:db8:1:2:3::1", testEmail, testPassword), 30) // of the same household
	logInFrom(s, "2001:db8:1:3::1", testEmail, testPassword).Want(http.StatusOK)
	logInFrom(s, "2001:db8:1:2::1", "another@example.com", "wrong password").Want(http.StatusUnauthorized)
}

func TestEveryWrongPasswordDoublesTheWait(t *testing.T) {
	t.Parallel()
	s := behindProxy(t)
	for range 5 {
		logInFrom(s, home, testEmail, "wrong password").Want(http.StatusUnauthorized)
	}
	for _, seconds := range []int{30, 60, 120} {
		refused := logInFrom(s, home, testEmail, testPassword)
		slowed(t, refused, seconds)
		if wait, _ := strconv.Atoi(refused.Header.Get("Retry-After")); wait <= seconds/2 {
			t.Errorf("Retry-After %d, want about %d", wait, seconds)
		}
		s.Exec("UPDATE sign_in_attempts SET next_at = tried_at")
		logInFrom(s, home, testEmail, "wrong password").Want(http.StatusUnauthorized)
	}
	s.Exec("UPDATE sign_in_attempts SET next_at = next_at - INTERVAL 1 DAY, tried_at = tried_at - INTERVAL 25 HOUR")
	for range 4 {
		logInFrom(s, home, testEmail, "wrong password").Want(http.StatusUnauthorized)
	}
	logInFrom(s, home, testEmail, testPassword).Want(http.StatusOK)
	for range 5 {
		logInFrom(s, home, testEmail, "wrong password").Want(http.StatusUnauthorized)
	}
}

func TestGuessingFromManyAddressesSlowsDownTheAccountButNotItsOwner(t *testing.T) {
	t.Parallel()
	s := behindProxy(t)
	guess := func(n int) routestest.Answer {
		return logInFrom(s, fmt.Sprintf("198.51.100.%d", n), testEmail, "wrong password")
	}
	for n := range 20 {
		guess(n).Want(http.StatusUnauthorized)
	}
	slowed(t, guess(20), 10)
	slowed(t, logInFrom(s, "198.51.100.21", testEmail, testPassword), 10)
	logInFrom(s, home, testEmail, testPassword).Want(http.StatusOK)
	slowed(t, guess(22), 10)
}

func TestAnUnknownEmailIsSlowedDownLikeAnyOther(t *testing.T) {
	t.Parallel()
	s := behindProxy(t)
	for n := range 30 {
		address := fmt.Sprintf("198.51.100.%d", n/6)
		of, without := logInFrom(s, address, testEmail, "wrong password"), logInFrom(s, address, "nobody@example.com", "wrong password")
		cut := func(a routestest.Answer) []byte { return bytes.Split(a.Body, []byte(`"requestId"`))[0] }
		if of.Status != without.Status || !bytes.Equal(cut(of), cut(without)) {
			t.Errorf("attempt %d: %d and %d", n, of.Status, without.Status)
		}
	}
}

func TestGuessesAtOnceOnSeveralServersAreAllCounted(t *testing.T) {
	t.Parallel()
	s := behindProxy(t)
	other := routestest.On(t, s.DB, routestest.InEarnest, routestest.WithLimits(config.Limits{}))
	var guesses sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for n := range 24 {
		guesses.Go(func() {
			on := []*routestest.Server{s, other}[n%2]
			status := logInFrom(on, "198.51.100.1", testEmail, "wrong password").Status
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	guesses.Wait()
	if statuses[http.StatusUnauthorized] == 0 || statuses[http.StatusUnauthorized] > 5 || statuses[http.StatusUnauthorized]+statuses[http.StatusTooManyRequests] != 24 {
		t.Errorf("the guesses were answered %v", statuses)
	}
}

func TestManyRightLoginsOfOnePersonAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	s := behindProxy(t)
	other := routestest.On(t, s.DB, routestest.InEarnest, routestest.WithLimits(config.Limits{}))
	for range 10 {
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				logInFrom([]*routestest.Server{s, other}[n%2], home, testEmail, testPassword).Want(http.StatusOK)
			})
		}
		all.Wait()
	}
}
