package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"time"

	"freety/db/query"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

// request is what the kernel knows of one request; its middlewares fill it in.
type request struct {
	id        string
	pattern   string // of the route, for the log
	caller    Caller
	network   string // that the client is in; limits count by it
	query     string // path and parameters without cursor and limit, normalised; a cursor is bound to it
	clock     Clock
	now       time.Time
	isHead    bool
	languages string // its Accept-Language
	faults    []*Fault
	cursors   query.Signer
	once      *idempotencyKey
	wrote     bool // whether Write has run
}

type requestKey struct{}

// requestOf returns the request that ctx belongs to. Outside of a request it is
// empty, so that tests and tools can call a handler.
func requestOf(ctx context.Context) *request {
	if req, ok := ctx.Value(requestKey{}).(*request); ok {
		return req
	}
	return &request{}
}

const requestIDHeader = "X-Request-Id"

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// identifyRequests gives each request its id: the client's own if it is safe to
// log, or a random one.
func (a *API) identifyRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := &request{id: r.Header.Get(requestIDHeader), clock: a.cfg.Clock, now: microseconds(a.cfg.Clock.Now()), cursors: a.cfg.Cursors, network: clientNetwork(r, a.cfg.Proxies), languages: r.Header.Get("Accept-Language")}
		if !requestIDPattern.MatchString(req.id) {
			var random [8]byte
			_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
			req.id = hex.EncodeToString(random[:])
		}
		w.Header().Set(requestIDHeader, req.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, req)))
	})
}

// prepare notes the route of a request, and puts its media type into the form
// that huma knows.
func (a *API) prepare(ctx huma.Context, next func(huma.Context)) {
	requestOf(ctx.Context()).pattern = ctx.Operation().Path
	// A media type is case-insensitive, but huma compares case. Its parameters, such as a boundary, stay as they are.
	r, _ := humamux.Unwrap(ctx)
	if mediaType, parameters, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mediaType != "" {
		r.Header.Set("Content-Type", strings.TrimSuffix(strings.ToLower(mediaType)+";"+parameters, ";"))
	}
	next(ctx)
}
