package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

// parameterCache maps an operation to its query parameters by name.
var parameterCache sync.Map

func queryParameters(op *huma.Operation) map[string]*huma.Param {
	if known, ok := parameterCache.Load(op); ok {
		return known.(map[string]*huma.Param)
	}
	known := map[string]*huma.Param{}
	for _, p := range op.Parameters {
		if p.In == "query" {
			known[p.Name] = p
		}
	}
	parameterCache.Store(op, known)
	return known
}

// readQuery brings the query into the one form that huma reads, and notes every
// parameter that is unknown, empty, or repeated where one value is taken; they
// are answered together with the faults that huma finds.
func (a *API) readQuery(ctx huma.Context, next func(huma.Context)) {
	r, _ := humamux.Unwrap(ctx)
	req := requestOf(ctx.Context())
	if r.URL.RawQuery == "" {
		req.query = r.URL.Path
		next(ctx)
		return
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		a.refuse(ctx, newProblem(http.StatusBadRequest, "malformed_request", "The query of the URL is not properly encoded."))
		return
	}
	known := queryParameters(ctx.Operation())
	for name, given := range values {
		p, ok := known[name]
		if !ok {
			req.fault("query."+name, "unknown parameter")
			continue
		}
		if slices.Contains(given, "") {
			req.fault("query."+name, "is empty; leave the parameter out instead")
		}
		switch {
		case p.Schema.Type == huma.TypeArray:
			values[name] = []string{strings.Join(given, ",")}
		case len(given) > 1:
			req.fault("query."+name, "is given more than once")
		case p.Schema.Format == "date-time":
			// Unescaped in a URL, the + of an offset means a space.
			values[name] = []string{strings.ReplaceAll(given[0], " ", "+")}
		}
	}
	r.URL.RawQuery = values.Encode()
	bound := maps.Clone(values)
	delete(bound, "cursor")
	delete(bound, "limit")
	req.query = r.URL.Path + "?" + bound.Encode()
	next(ctx)
}

func (r *request) fault(location, message string) {
	r.faults = append(r.faults, Fault{location, message})
}

// documentLists says of list parameters that their values may be repeated as
// well; huma itself reads commas, and readQuery turns the one into the other.
func documentLists(_ *huma.OpenAPI, op *huma.Operation) {
	for _, p := range op.Parameters {
		if p.In == "query" {
			p.Explode = nil
			if p.Schema.Type == huma.TypeArray {
				repeated := true
				p.Explode = &repeated
			}
		}
	}
}
