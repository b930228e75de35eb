package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"
	rscors "github.com/rs/cors"
)

// answer remembers what was written, for the log.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// logRequests logs a line for each request, with the route's pattern and never
// the path or query, which may hold what a person typed.
func logRequests(log *slog.Logger, observe func(string, string, int, time.Duration), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		out := &answer{ResponseWriter: w}
		req := requestOf(r.Context())
		defer func() {
			took, method := time.Since(start), knownMethod(r.Method)
			log.InfoContext(r.Context(), "request", "request", req.id, "method", method, "route", req.pattern, "status", out.status,
				"bytes", out.bytes, "took", took.Round(10*time.Microsecond), "account", req.caller.AccountID)
			if observe != nil {
				observe(req.pattern, method, out.status, took)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

func knownMethod(method string) string {
	if slices.Contains(methods, method) || method == http.MethodHead || method == http.MethodOptions {
		return method
	}
	return "other"
}

func recoverPanics(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			req := requestOf(r.Context())
			text := fmt.Sprintf("a %T", cause) // its text may hold personal data, unless it is an error of the runtime
			if err, ok := cause.(runtime.Error); ok {
				text = err.Error()
			}
			log.ErrorContext(r.Context(), "panic", "request", req.id, "route", req.pattern, "cause", text, "stack", string(debug.Stack()))
			if out, ok := w.(*answer); !ok || out.status == 0 {
				writeProblem(w, r, internal())
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// securityHeaders also keeps browsers from ever asking without TLS, for a year,
// if the API is reached by https.
func securityHeaders(https bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", noStore)
		next.ServeHTTP(w, r)
	})
}

func cors(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return rscors.New(rscors.Options{
		AllowedOrigins: origins, AllowedMethods: methods, AllowedHeaders: []string{"Authorization", "Content-Type", "If-Match", "If-None-Match", idempotencyHeader, requestIDHeader},
		ExposedHeaders: []string{"ETag", "Location", "Retry-After", requestIDHeader}, MaxAge: int((10 * time.Minute).Seconds()),
	}).Handler(next)
}

// headAsGet lets every GET answer HEAD; net/http leaves the body out.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			requestOf(r.Context()).isHead = true
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// notFound sends who has put a slash at the end of a path to the path without.
func notFound(router *mux.Router) http.Handler {
	nothing := newProblem(http.StatusNotFound, "not_found", "There is nothing at this path; /docs lists the routes.")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		without := *r.URL
		without.Path, without.RawPath = strings.TrimSuffix(r.URL.Path, "/"), strings.TrimSuffix(r.URL.RawPath, "/")
		try := *r
		try.URL = &without
		if match := (mux.RouteMatch{}); without.Path != r.URL.Path && router.Match(&try, &match) && match.MatchErr == nil {
			w.Header().Set("Location", without.RequestURI())
			w.WriteHeader(http.StatusPermanentRedirect)
			return
		}
		writeProblem(w, r, nothing)
	})
}

func methodNotAllowed(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range methods {
			try := *r
			try.Method = method
			if match := (mux.RouteMatch{}); router.Match(&try, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeProblem(w, r, newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "This path does not take the method; Allow lists those that it takes."))
	})
}
