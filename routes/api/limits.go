package api

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"freety/config"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/go-chi/httprate"
)

// Class is a kind of request. A caller's requests of one class are counted
// together, by account, or before sign-in by address.
type Class string

// The classes. A GET counts as a read and everything else as a write, unless the
// route says otherwise.
const (
	Reads        Class = "read"
	Searches     Class = "search"
	Writes       Class = "write"
	Uploads      Class = "upload"
	Applications Class = "apply"
	SignIns      Class = "sign-in"
	Uncounted    Class = "none"
)

// CountsAs sets the class of a route.
func CountsAs(c Class) Option {
	return func(r *route) { r.class = c }
}

// WideFactor is how many times as much wide limits allow.
const WideFactor = 100

// limits are those of the classes that have one. They count within this process.
type limits map[Class]*limit

func newLimits(set config.Limits, wide bool) limits {
	all := limits{}
	for class, l := range map[Class]config.Limit{Reads: set.Read, Searches: set.Search, Writes: set.Write, Uploads: set.Upload, Applications: set.Apply, SignIns: set.SignIn} {
		if wide {
			l.Requests *= WideFactor
		}
		if l.Requests > 0 {
			all[class] = newLimit(l)
		}
	}
	return all
}

// limit is a sliding window: what was counted in the last whole window fades
// while the present one goes by.
type limit struct {
	config.Limit
	limiter *httprate.RateLimiter
	counter httprate.LimitCounter
}

func newLimit(l config.Limit) *limit {
	counter := httprate.NewLocalLimitCounter(l.Per)
	return &limit{l, httprate.NewRateLimiter(l.Requests, l.Per, httprate.WithLimitCounter(counter), httprate.WithResponseHeaders(httprate.ResponseHeaders{})), counter}
}

// limited refuses the requests of a class that come too often.
func (a *API) limited(class Class) func(huma.Context, func(huma.Context)) {
	l := a.limits[class]
	return func(ctx huma.Context, next func(huma.Context)) {
		req := requestOf(ctx.Context())
		r, w := humamux.Unwrap(ctx)
		key := req.network
		if req.caller.AccountID != 0 {
			key = "account " + strconv.FormatInt(req.caller.AccountID, 10)
		}
		if l != nil && l.limiter.OnLimit(w, r, key) {
			a.refuse(ctx, TooManyRequests(l.wait(key, time.Now())))
			return
		}
		next(ctx)
	}
}

// wait returns how long until the next request with that key is admitted.
func (l *limit) wait(key string, now time.Time) time.Duration {
	window := now.UTC().Truncate(l.Per)
	counted, before, _ := l.counter.Get(key, window, window.Add(-l.Per)) // the local counter never fails
	// A request is admitted while the rounded count leaves room for one.
	room := float64(l.Requests) - 0.5 - float64(counted)
	if room > 0 {
		return window.Add(l.fading(before, room)).Sub(now)
	}
	return window.Add(l.Per).Add(l.fading(counted, float64(l.Requests)-0.5)).Sub(now)
}

// fading returns how far a window must have gone by until no more than room is
// left of what was counted before it.
func (l *limit) fading(counted int, room float64) time.Duration {
	return time.Duration(math.Max(0, 1-room/float64(counted)) * float64(l.Per))
}

// ClientNetwork returns the address that the request of ctx comes from, or in
// IPv6 its /64; empty outside of a request.
func ClientNetwork(ctx context.Context) string { return requestOf(ctx).network }

// clientNetwork returns what a limit counts by: the client's address, or in IPv6
// the network of its household. A trusted proxy is believed about who called it;
// anyone can write what is further left in the header.
func clientNetwork(r *http.Request, trusted []netip.Prefix) string {
	caller, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := caller.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			break
		}
		before, err := parseHop(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = before.Unmap()
	}
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().String()
	}
	return addr.String()
}

// parseHop reads an address as proxies write it: by itself, in brackets, or
// with a port.
func parseHop(hop string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr(), nil
	}
	return netip.ParseAddr(strings.Trim(hop, "[]"))
}
