package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"freety/db"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

const problemType = "application/problem+json"

// Problem is an error as clients see it (RFC 9457).
type Problem struct {
	Title     string   `json:"title" doc:"What the status means." example:"Conflict"`
	Status    int      `json:"status" doc:"The HTTP status." example:"409"`
	Detail    string   `json:"detail" doc:"What happened here, and what to do next, in the language that Accept-Language asks for: Korean or English." example:"Every seat of this slot is taken; choose another or ask for the waitlist."`
	Code      string   `json:"code" doc:"What happened, for programs: stable." example:"slot_full"`
	RequestID string   `json:"requestId" doc:"Names this request in the server's log." example:"2f1c7d0e9b8a4c55"`
	State     string   `json:"state,omitempty" doc:"With a wrong_state, the state that the resource is in."`
	Errors    []*Fault `json:"errors,omitempty" doc:"With bad input, every fault that was found."`

	args    []any // of Detail
	headers http.Header
	cause   error // for the log
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

func (p *Problem) encode() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // a Problem can always be written as JSON
	}
	return text
}

// newProblem takes the detail in English; it has a translation in each of the
// languages.
func newProblem(status int, code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// With sets what fmt puts into the detail.
func (p *Problem) With(args ...any) *Problem {
	p.args = args
	return p
}

// answerTo returns the problem as the caller sees it.
func (p *Problem) answerTo(req *request) *Problem {
	answer, language := *p, req.language()
	answer.RequestID = req.id
	answer.Detail = language.text(p.Detail, p.args)
	answer.Errors = nil
	for _, f := range p.Errors {
		answer.Errors = append(answer.Errors, f.in(language))
	}
	return &answer
}

// NotFound is the answer for what does not exist or may not be seen.
func NotFound() *Problem {
	return newProblem(http.StatusNotFound, "not_found", "It does not exist, or you may not see it.")
}

// Forbidden is the answer to a caller who sees a thing but may not do that to it.
func Forbidden(detail string) *Problem {
	return newProblem(http.StatusForbidden, "forbidden", detail)
}

// Unauthorized is the answer to credentials that are not valid.
func Unauthorized(code, detail string) *Problem {
	return newProblem(http.StatusUnauthorized, code, detail)
}

// Conflict is the answer when the resource does not allow this as it is now.
func Conflict(code, detail string) *Problem {
	return newProblem(http.StatusConflict, code, detail)
}

// WrongState is the Conflict of a resource whose state does not allow the action.
func WrongState(state, detail string) *Problem {
	p := Conflict("wrong_state", detail)
	p.State = state
	return p
}

// Invalid is the answer to input that is well-formed but not acceptable.
func Invalid(code, detail string, faults ...*Fault) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, code, detail)
	p.Errors = faults
	return p
}

// InvalidInput is Invalid with the code that the check of parameters and
// bodies uses, for faults that only the handler can see.
func InvalidInput(faults ...*Fault) *Problem {
	return Invalid("invalid_input", "The request has faults; errors lists them.", faults...)
}

// TooLarge is the answer to a body or photo over its limit.
func TooLarge(detail string) *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "too_large", detail)
}

// UnsupportedMedia is the answer to content of a type that is not accepted.
func UnsupportedMedia(detail string) *Problem {
	return newProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", detail)
}

// Malformed is the answer to a body that cannot be read at all.
func Malformed(detail string) *Problem {
	return newProblem(http.StatusBadRequest, "malformed_request", detail)
}

const retryAfterSeconds = "5"

// Unavailable is the answer to what may succeed later. The log tells the cause,
// where there is one.
func Unavailable(code, detail string, cause error) *Problem {
	p := newProblem(http.StatusServiceUnavailable, code, detail)
	p.headers = http.Header{"Retry-After": {retryAfterSeconds}}
	p.cause = cause
	return p
}

func unavailable() *Problem {
	return Unavailable("unavailable", "The server cannot do this just now; try again in a few seconds.", nil)
}

func outcomeUnknown() *Problem {
	return Unavailable("outcome_unknown", "Whether this took effect is not known; look, or send it again with the same Idempotency-Key.", nil)
}

func tooLong() *Problem {
	return Invalid("invalid_input", "A text is too long; shorten it.")
}

// TooManyRequests is the answer to who must wait before the next try.
func TooManyRequests(wait time.Duration) *Problem {
	p := newProblem(http.StatusTooManyRequests, "too_many_requests", "Too many requests; wait as many seconds as Retry-After says.")
	p.headers = http.Header{"Retry-After": {strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))}}
	return p
}

func internal() *Problem {
	return newProblem(http.StatusInternalServerError, "internal_error", "The server failed; if it happens again, report the requestId.")
}

// ErrUnavailable marks a temporary error of something outside, such as a photo
// store that does not answer.
var ErrUnavailable = errors.New("api: unavailable")

// problems is the one place where errors become answers; the first match counts.
var problems = []struct {
	cause   error
	problem func() *Problem
}{
	{db.ErrNotFound, NotFound},
	{db.ErrGone, NotFound},
	{db.ErrTooLong, tooLong},
	{db.ErrOutcomeUnknown, outcomeUnknown},
	{db.ErrUnavailable, unavailable},
	{ErrUnavailable, unavailable},
	{context.DeadlineExceeded, unavailable},
	{context.Canceled, unavailable},
}

// problemOf turns what a handler returned into an answer, and logs what the
// client is not told.
func (a *API) problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		if p.cause == nil {
			return p
		}
		err = p.cause
	} else {
		p = internal()
		for _, known := range problems {
			if errors.Is(err, known.cause) {
				p = known.problem()
				break
			}
		}
	}
	level := slog.LevelError
	if errors.Is(err, db.ErrGone) {
		level = slog.LevelWarn // a request that came too late, or a fault of ours
	}
	if (p.Status >= http.StatusInternalServerError || level == slog.LevelWarn) && !errors.Is(err, context.Canceled) {
		req := requestOf(ctx)
		a.cfg.Log.Log(ctx, level, "request failed", "request", req.id, "route", req.pattern, "error", db.Describe(err))
	}
	return p
}

func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return huma.NewErrorWithContext(nil, status, message, errs...)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		var req *request
		if ctx != nil {
			req = requestOf(ctx.Context())
		}
		return checkFailed(req, status, errs)
	}
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
}

// checkFailed is the answer to a request that did not pass the checks before
// its handler.
func checkFailed(req *request, status int, errs []error) *Problem {
	faults, inPath := faultsOf(errs)
	if inPath {
		return NotFound()
	}
	if req != nil {
		faults = append(slices.Clone(req.faults), faults...)
	}
	faults = sorted(faults)
	switch status {
	case http.StatusUnprocessableEntity:
		return InvalidInput(faults...)
	case http.StatusNotAcceptable:
		return newProblem(status, "not_acceptable", "Answers are JSON only; accept application/json.")
	}
	p := newProblem(status, "malformed_request", "The request cannot be read.")
	if status == http.StatusBadRequest {
		p.Errors = faults
	}
	return p
}

// answerProblem is a huma.Transformer.
func answerProblem(ctx huma.Context, _ string, body any) (any, error) {
	p, ok := body.(*Problem)
	if !ok {
		return body, nil
	}
	req := requestOf(ctx.Context())
	ctx.SetHeader("Content-Language", Language(ctx.Context()))
	return p.answerTo(req), nil
}

// refuse answers a request from a middleware.
func (a *API) refuse(ctx huma.Context, p *Problem) {
	r, w := humamux.Unwrap(ctx)
	writeProblem(w, r, p)
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	req := requestOf(r.Context())
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Content-Language", Language(r.Context()))
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.answerTo(req).encode())
}
