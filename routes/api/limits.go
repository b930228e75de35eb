package api

import (
	"net"
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

// NewLimit allows so many requests in each window, a hundred times as many in
// demo mode. It counts within this process.
func (a *API) NewLimit(requests int, window time.Duration) *Limit {
	if a.cfg.WideLimits {
		requests *= demoFactor
	}
	return &Limit{httprate.NewRateLimiter(requests, window)}
}

// Limited puts a route under a limit.
func (a *API) Limited(l *Limit) Option {
	return func(r *route) {
		r.op.Errors = append(r.op.Errors, 429)
		r.op.Middlewares = append(r.op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			request, writer := humamux.Unwrap(ctx)
			host, _, err := net.SplitHostPort(request.RemoteAddr)
			if err != nil {
				host = request.RemoteAddr
			}
			if l.limiter.OnLimit(writer, request, host) {
				a.refuse(ctx, tooManyRequests())
				return
			}
			next(ctx)
		})
	}
}
