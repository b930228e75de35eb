// Package api is the kernel under every route: it registers handlers with
// their access rule, checks parameters and bodies, turns errors into problems,
// pages lists, and makes a repeated POST harmless.
package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"freety/config"
	"freety/db/query"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/gorilla/mux"
)

// Config is what the kernel needs from outside.
type Config struct {
	Authenticate func(ctx context.Context, token string) (Caller, error) // ErrToken for a token that is not valid
	Clock        Clock
	Codes        map[string]Codes // of the operations
	Cursors      query.Signer
	CORSOrigins  []string
	Log          *slog.Logger
	Observe      func(route, method string, status int, took time.Duration) // called after every request; nil: off
	Proxies      []netip.Prefix                                             // whose X-Forwarded-For is trusted
	PublicURL    string                                                     // at which clients reach the API; empty: relative
	Examples     []byte                                                     // JSON of an Example by operation; times as of exampleWeek
	Limits       config.Limits
	WideLimits   bool // rate limits a hundred times as high
}

// API collects the routes and serves them.
type API struct {
	cfg         Config
	router      *mux.Router
	limits      limits
	huma        huma.API
	tag         string
	prefixes    map[string]string // of schema names, by package
	streams     context.Context   // ends with EndStreams
	stopStreams context.CancelFunc
}

// New makes an API without routes.
func New(cfg Config) *API {
	router := mux.NewRouter().SkipClean(true)
	router.NotFoundHandler = notFound(router)
	router.MethodNotAllowedHandler = methodNotAllowed(router)
	a := &API{cfg: cfg, router: router, limits: newLimits(cfg.Limits, cfg.WideLimits), prefixes: map[string]string{}}
	a.streams, a.stopStreams = context.WithCancel(context.Background())
	c := huma.DefaultConfig("Freety", "1.0.0")
	c.Info.Description = description
	c.Info.Contact = &huma.Contact{Name: "Freety"}
	c.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", a.schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The accessToken of a session."},
	}
	c.Servers = []*huma.Server{{URL: cmp.Or(cfg.PublicURL, "/")}}
	c.CreateHooks = nil // no $schema in bodies
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Transformers = []huma.Transformer{answerProblem}
	c.OnAddOperation = append(c.OnAddOperation, documentParameters)
	a.huma = humamux.New(router, c)
	a.huma.UseMiddleware(a.prepare)
	return a
}

const description = `Freety brings hair stylists who need people to practise on together with
models who get a cut, perm or colour free or cheaply.

Times are RFC 3339 with an offset. Money is whole KRW. A list is
{items, nextCursor}; pass nextCursor as cursor for the next page. Values of a
filter may be repeated or comma-separated. Unknown parameters and properties
are refused. Answers may grow: pass over properties and enum values that you do
not know. Every error is application/problem+json with a stable code; its texts
follow Accept-Language, in Korean or English.

A POST of a signed-in caller may carry an Idempotency-Key: a repeat within
24 hours changes nothing and answers with the resource as it is now.

What a GET answers has an ETag: with If-None-Match the answer is 304 while it is
the same. What can be patched has a strong one, which a PATCH answers too: with
If-Match a PATCH or DELETE is refused with 412 changed_meanwhile if somebody has
changed what the PATCH can change; what has routes of its own, such as photos,
does not count.

Who asks too often gets 429 with Retry-After, the seconds to wait. Requests are
counted by account, and before sign-in by address.`

// Section starts a group in the document, with its name and what it is about, for
// the routes that are registered next.
func (a *API) Section(name, about string, prefixes ...Prefix) {
	a.tag = name
	a.OpenAPI().Tags = append(a.OpenAPI().Tags, &huma.Tag{Name: name, Description: about})
	for _, p := range prefixes {
		a.prefixes[p.pkg] = p.text
	}
}

// Prefix is put before the names of a package's schemas, because the document
// does not show packages: Card of recruitments becomes RecruitmentCard.
type Prefix struct{ text, pkg string }

// PrefixOf returns the prefix for the package in which T is declared.
func PrefixOf[T any](text string) Prefix { return Prefix{text, reflect.TypeFor[T]().PkgPath()} }

// OpenAPI returns the document of all routes registered so far.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Handler serves the routes, with what all of them share: request ids, the access
// log, recovery from panics, headers and CORS.
func (a *API) Handler() http.Handler {
	var h http.Handler = a.router
	h = headAsGet(tag(compress(h)))
	h = cors(a.cfg.CORSOrigins, h)
	h = securityHeaders(strings.HasPrefix(a.cfg.PublicURL, "https:"), h)
	h = recoverPanics(a.cfg.Log, h)
	h = logRequests(a.cfg.Log, a.cfg.Observe, h)
	return a.identifyRequests(h)
}

// Raw serves a path without checks or documentation; for pages, not for JSON.
func (a *API) Raw(path string, h http.Handler) {
	a.router.Path(path).Methods(http.MethodGet).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestOf(r.Context()).pattern = path
		h.ServeHTTP(w, r)
	}))
}
