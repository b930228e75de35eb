package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/go-chi/httprate"
)

const demoFactor = 100

// Limit bounds how often one address may call the routes that share it.
type Limit struct {
	limiter *httprate.RateLimiter
}

// NewLimit allows that many requests in each window, a hundred times as many in
// demo mode. It counts within this process.
func (a *API) NewLimit(requests int, window time.Duration) *Limit {
	if a.cfg.WideLimits {
		requests *= demoFactor
	}
	return &Limit{httprate.NewRateLimiter(requests, window)}
}

// Limited applies a limit to a route.
func (a *API) Limited(l *Limit) Option {
	return func(r *route) {
		r.op.Errors = append(r.op.Errors, 429)
		r.op.Middlewares = append(r.op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			request, writer := humamux.Unwrap(ctx)
			if l.limiter.OnLimit(writer, request, clientNetwork(request, a.cfg.Proxies)) {
				a.refuse(ctx, tooManyRequests())
				return
			}
			next(ctx)
		})
	}
}

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
