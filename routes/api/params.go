package api

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

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

// readQuery puts the query into the form that huma reads, and notes every
// parameter that is unknown, empty, or repeated where one value is taken. These
// are reported together with the faults that huma finds.
func (a *API) readQuery(ctx huma.Context, next func(huma.Context)) {
	r, _ := humamux.Unwrap(ctx)
	req := requestOf(ctx.Context())
	if r.URL.RawQuery == "" {
		req.query = r.URL.Path + "?"
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
			req.faults = append(req.faults, NewFault("query."+name, "unknown", "is not known here"))
			continue
		}
		for i, value := range given {
			given[i] = compose(value)
		}
		if fault := readParameter(p.Schema, given, values, name); fault != nil {
			req.faults = append(req.faults, fault)
		}
	}
	r.URL.RawQuery = values.Encode()
	bound := maps.Clone(values)
	delete(bound, "cursor")
	delete(bound, "limit")
	req.query = r.URL.Path + "?" + bound.Encode()
	next(ctx)
}

// readParameter rewrites a parameter in the form that huma reads, and returns a
// fault that huma would not find, or none.
func readParameter(schema *huma.Schema, given []string, values url.Values, name string) *Fault {
	location := "query." + name
	switch {
	case slices.Contains(given, ""):
		return NewFault(location, "empty", "is empty; leave the parameter out instead")
	case schema.Type == huma.TypeArray:
		joined := strings.Join(given, ",")
		if slices.ContainsFunc(strings.Split(joined, ","), isBlank) {
			delete(values, name)
			return NewFault(location, "empty", "has an empty value")
		}
		values[name] = []string{joined}
	case len(given) > 1:
		return NewFault(location, "repeated", "is given more than once")
	case schema.Type == huma.TypeNumber && strings.Trim(given[0], "+-.0123456789") != "":
		return NewFault(location, "wrong_type", "must be a number") // Go would read NaN and Inf too
	case schema.Format == "date-time":
		// Unescaped in a URL, the + of an offset means a space.
		values[name] = []string{strings.ReplaceAll(given[0], " ", "+")}
		if at, err := time.Parse(time.RFC3339, values[name][0]); err != nil || !isStorable(at) {
			delete(values, name)
			return NewFault(location, "wrong_format", timeMessage)
		}
	}
	return nil
}

// isBlank reports whether a text has no visible character.
func isBlank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.In(r, unicode.Z, unicode.C) })
}

// isStorable reports whether the database can store a time.
func isStorable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// documentParameters documents that list parameters may also be repeated: huma
// itself reads only commas, so readQuery joins repeated values with them. And it
// says whose id one in the path is, by what stands before it.
func documentParameters(_ *huma.OpenAPI, op *huma.Operation) {
	for _, p := range op.Parameters {
		if p.In == "path" && p.Description == "" {
			before, _, _ := strings.Cut(op.Path, "/{"+p.Name+"}")
			p.Description = "The " + strings.TrimSuffix(path.Base(before), "s") + "'s id."
		}
		if p.In == "query" {
			p.Explode = nil
			if p.Schema.Type == huma.TypeArray {
				repeated := true
				p.Explode = &repeated
			}
		}
	}
}
