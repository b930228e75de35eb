package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// attack is what many clients do at once, each as often as every lets it.
type attack struct {
	name      string
	clients   int
	addresses int // that the clients come from
	every     time.Duration
	hangUp    time.Duration // a client waits no longer; 0: until it is answered
	request   func(o *owner) (method, path string, body any)
}

const often = 100 * time.Millisecond

var attacks = []attack{
	{"fifty letters", 4, 1, time.Second, 0, search(url.Values{"q": {strings.TrimSpace(strings.Repeat("a b c d e ", 10))}})},
	{"soonest", 40, 40, often, 0, search(url.Values{"sort": {"soonest"}})},
	{"eight words", 40, 40, often, 0, search(url.Values{"q": {"모델 커트 머리 시술 디자이너 가능 분들 없는말"}})},
	{"hanging up", 40, 40, often, often, search(url.Values{"sort": {"soonest"}})},
	{"guessing one account", 40, 20, often, 0, func(o *owner) (string, string, any) {
		return http.MethodPost, "/v1/login/email", logIn{o.email, "a wrong password"}
	}},
	{"guessing from one address", 40, 1, often, 0, unknown},
	{"guessing from twenty addresses", 40, 20, often, 0, unknown},
}

func search(query url.Values) func(*owner) (string, string, any) {
	return func(*owner) (string, string, any) { return http.MethodGet, "/v1/recruitments?" + query.Encode(), nil }
}

// unknown guesses at another account each time.
func unknown(*owner) (string, string, any) {
	return http.MethodPost, "/v1/login/email", logIn{rand.Text() + "@example.com", "a wrong password"}
}

// run attacks until ctx ends, and returns how often which status was answered.
func (a *attack) run(ctx context.Context, o *owner) answers {
	var clients sync.WaitGroup
	var mu sync.Mutex
	counts := answers{}
	for n := range a.clients {
		clients.Go(func() {
			from := fmt.Sprintf("203.0.113.%d", n%a.addresses+1)
			for ctx.Err() == nil {
				next := time.After(a.every)
				status := a.once(ctx, o, from)
				if ctx.Err() == nil {
					mu.Lock()
					counts[status]++
					mu.Unlock()
				}
				select {
				case <-next:
				case <-ctx.Done():
				}
			}
		})
	}
	clients.Wait()
	return counts
}

func (a *attack) once(ctx context.Context, o *owner, from string) int {
	if a.hangUp > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.hangUp)
		defer cancel()
	}
	method, path, body := a.request(o)
	status, err := call(ctx, from, method, o.url+path, "", body, nil)
	if err != nil {
		return 0
	}
	return status
}

// answers counts statuses; 0 stands for none.
type answers map[int]int

func (a answers) String() string {
	var all []string
	for _, status := range slices.Sorted(maps.Keys(a)) {
		all = append(all, fmt.Sprintf("%d× %d", a[status], status))
	}
	return strings.Join(all, ", ")
}
