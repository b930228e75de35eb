package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

const (
	requestTimeout = 15 * time.Second
	slowTimeout    = 2 * time.Minute
)

// Body is the output of a route that returns one resource.
type Body[T any] struct {
	Body T
}

// Created is the output of a route that makes a resource.
type Created[T any] struct {
	Location string `header:"Location" doc:"Where the new resource is."`
	Body     T
}

// None is the input or output of a route without parameters or without a body.
type None struct{}

// ID is the input of a route about one resource and nothing else.
type ID struct {
	ID int64 `path:"id" minimum:"1"`
}

// Action is the input of a route that does something to one resource and takes
// nothing else: a body with properties is refused, not ignored.
type Action struct {
	ID   int64      `path:"id" minimum:"1"`
	Body *EmptyBody `doc:"None is needed."`
}

// EmptyBody is a body without properties.
type EmptyBody struct{}

// Option changes how a route is registered.
type Option func(*route)

type route struct {
	op            huma.Operation
	class         Class
	timeout       time.Duration
	notIdempotent bool
	ignoresToken  bool
	form          *Parts
	statuses      []int // of a success, besides the usual one
}

// Handler answers one route.
type Handler[I, O any] func(ctx context.Context, in *I) (*O, error)

// Get registers a route that reads.
func Get[I, O any](a *API, path string, access Access, id, summary string, h Handler[I, O], opts ...Option) {
	register(a, http.MethodGet, path, access, id, summary, h, opts)
}

// Post registers a route that makes something or does something.
func Post[I, O any](a *API, path string, access Access, id, summary string, h Handler[I, O], opts ...Option) {
	register(a, http.MethodPost, path, access, id, summary, h, opts)
}

// Put registers a route that sets something.
func Put[I, O any](a *API, path string, access Access, id, summary string, h Handler[I, O], opts ...Option) {
	register(a, http.MethodPut, path, access, id, summary, h, opts)
}

// Patch registers a route that changes parts of a resource.
func Patch[I, O any](a *API, path string, access Access, id, summary string, h Handler[I, O], opts ...Option) {
	register(a, http.MethodPatch, path, access, id, summary, h, opts)
}

// Delete registers a route that removes something.
func Delete[I, O any](a *API, path string, access Access, id, summary string, h Handler[I, O], opts ...Option) {
	register(a, http.MethodDelete, path, access, id, summary, h, opts)
}

// Status sets the status of a success if it is not 200, or 204 without a body. A
// route that may answer with others sets the field Status of its output.
func Status(status int, others ...int) Option {
	return func(r *route) { r.op.DefaultStatus, r.statuses = status, others }
}

func (r *route) metadata(key string, value any) {
	if r.op.Metadata == nil {
		r.op.Metadata = map[string]any{}
	}
	r.op.Metadata[key] = value
}

// Fails documents other errors that a route returns.
func Fails(statuses ...int) Option {
	return func(r *route) { r.op.Errors = append(r.op.Errors, statuses...) }
}

// Says adds to the description of a route.
func Says(text string) Option {
	return func(r *route) { r.op.Description += "\n\n" + text }
}

// Slow gives a route the time that a photo needs on a phone's connection.
func Slow() Option {
	return func(r *route) { r.timeout = slowTimeout }
}

// NotIdempotent is for a POST that an Idempotency-Key does not apply to.
func NotIdempotent() Option {
	return func(r *route) { r.notIdempotent = true }
}

// IgnoresToken is for the routes that sign in: a phone may still send the access
// token that has expired.
func IgnoresToken() Option {
	return func(r *route) { r.ignoresToken = true }
}

// Answers documents the media type of a success that is not JSON.
func Answers(mediaType string) Option {
	return func(r *route) {
		r.op.Responses = map[string]*huma.Response{"200": {
			Description: "OK",
			Content:     map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: huma.TypeString}}},
		}}
	}
}

func register[I, O any](a *API, method, path string, access Access, id, summary string, h Handler[I, O], opts []Option) {
	access.check(method, path)
	r := &route{timeout: requestTimeout, class: Writes, op: huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{a.tag}, MaxBodyBytes: -1,
		// readJSON has read the body by then, and a deadline that passes later would cancel the handler.
		BodyReadTimeout: -1,
		Errors:          []int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}}
	if method == http.MethodGet {
		r.class = Reads
	}
	for _, opt := range opts {
		opt(r)
	}
	a.cfg.Codes[id].document(r)
	if r.class != Uncounted {
		r.op.Errors = append(r.op.Errors, http.StatusTooManyRequests)
		r.op.Middlewares = append(r.op.Middlewares, a.limited(r.class))
	}
	if r.ignoresToken {
		r.op.Security = []map[string][]string{{}}
		r.op.Description = strings.TrimSpace(r.op.Description + "\n\nFor anyone; an Authorization header is ignored.")
	} else {
		access.document(&r.op)
		r.op.Middlewares = append(huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
			request, _ := humamux.Unwrap(ctx)
			if p := a.admit(ctx.Context(), request, access); p != nil {
				a.refuse(ctx, p)
				return
			}
			next(ctx)
		}}, r.op.Middlewares...)
	}
	if strings.Contains(path, "{") {
		r.op.Errors = append(r.op.Errors, http.StatusNotFound)
	}
	r.op.Middlewares = append(huma.Middlewares{within(r.timeout)}, r.op.Middlewares...)
	once := method == http.MethodPost && access.signedIn() && !r.notIdempotent
	if once {
		r.op.Parameters = append(r.op.Parameters, idempotencyParameter())
		r.op.Middlewares = append(r.op.Middlewares, a.readIdempotencyKey)
	}
	if _, matches := reflect.TypeFor[I]().FieldByName("IfMatch"); matches {
		r.op.Errors = append(r.op.Errors, http.StatusPreconditionFailed)
	}
	r.op.Middlewares = append(r.op.Middlewares, a.readQuery)
	if _, hasBody := reflect.TypeFor[I]().FieldByName("Body"); hasBody {
		r.op.Errors = append(r.op.Errors, bodyErrors...)
		r.op.Middlewares = append(r.op.Middlewares, a.readJSON)
	}
	huma.Register(a.huma, r.op, func(ctx context.Context, in *I) (*O, error) {
		if faults := requestOf(ctx).faults; len(faults) > 0 {
			return nil, checkFailed(requestOf(ctx), http.StatusUnprocessableEntity, nil)
		}
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		if once && !requestOf(ctx).wrote {
			a.cfg.Log.ErrorContext(ctx, NotClaimed, "route", path)
		}
		return out, nil
	})
	documented := Operations(a.OpenAPI().Paths[path])[method]
	if r.form != nil {
		// Set only now, because huma would read a body that it knows of.
		documented.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: r.form.schema()}}}
	}
	if ok := documented.Responses["200"]; method == http.MethodGet && ok != nil && ok.Content["application/json"] != nil {
		documented.Responses["304"] = &huma.Response{Description: "Not Modified: the answer is still the one whose ETag If-None-Match names"}
	}
	for _, status := range r.statuses {
		response := *documented.Responses[strconv.Itoa(documented.DefaultStatus)]
		response.Description = http.StatusText(status)
		documented.Responses[strconv.Itoa(status)] = &response
	}
}

// NotClaimed is logged for a POST that succeeded without Write, so that a repeat
// would do everything again. A test that logs it fails.
const NotClaimed = "a POST succeeded without claiming its Idempotency-Key"

func within(timeout time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		bounded, cancel := context.WithTimeout(ctx.Context(), timeout)
		defer cancel()
		next(huma.WithContext(ctx, bounded))
	}
}
