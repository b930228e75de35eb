package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName names a type's schema: by the type, with the prefix of its package
// unless the name has it already.
func (a *API) schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if open := strings.IndexByte(name, '['); open > 0 {
		argument := strings.TrimSuffix(name[open+1:], "]")
		dot := strings.LastIndexByte(argument, '.')
		return a.withPrefix(argument[:max(dot, 0)], capitalized(argument[dot+1:])) + name[:open]
	}
	if name == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	return a.withPrefix(t.PkgPath(), capitalized(name))
}

func capitalized(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func (a *API) withPrefix(pkg, name string) string {
	if prefix := a.prefixes[pkg]; !strings.Contains(name, prefix) {
		return prefix + name
	}
	return name
}

// finishDocument makes the schemas proper JSON Schema, after huma has made the
// messages of its checks from them, and lets all operations share one description
// of each error.
func finishDocument(document *huma.OpenAPI) {
	for _, schema := range document.Components.Schemas.Map() {
		finishSchema(schema)
	}
	for _, item := range document.Paths {
		for _, op := range Operations(item) {
			for _, p := range op.Parameters {
				finishSchema(p.Schema)
			}
			shareErrors(document, op)
		}
	}
}

// Operations returns the operations of a path by method.
func Operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{}
	for method, op := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete} {
		if op != nil {
			all[method] = op
		}
	}
	return all
}

func shareErrors(document *huma.OpenAPI, op *huma.Operation) {
	if document.Components.Responses == nil {
		document.Components.Responses = map[string]*huma.Response{}
	}
	for status, response := range op.Responses {
		if code, err := strconv.Atoi(status); err == nil && code >= http.StatusBadRequest {
			name := strings.ReplaceAll(http.StatusText(code), " ", "")
			document.Components.Responses[name] = response
			op.Responses[status] = &huma.Response{Ref: "#/components/responses/" + name}
		}
	}
}

func finishSchema(s *huma.Schema) {
	s.PatternDescription = "" // huma's own
	if s.Nullable && len(s.Enum) > 0 && !slices.Contains(s.Enum, nil) {
		s.Enum = append(slices.Clone(s.Enum), nil)
	}
	if s.Items != nil {
		finishSchema(s.Items)
	}
	for _, property := range s.Properties {
		finishSchema(property)
	}
}
