package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/yaml"
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

// ServeDocument serves the OpenAPI document of the routes registered so far: 3.1
// as JSON and YAML, and 3.0 for generators that do not know 3.1. It is written anew
// every week, for its examples.
func (a *API) ServeDocument() {
	for path, document := range map[string]struct {
		contentType string
		text        func() []byte
	}{
		"/openapi.json":     {"application/openapi+json", func() []byte { return encode(a.Document()) }},
		"/openapi.yaml":     {"application/openapi+yaml", a.DocumentYAML},
		"/openapi-3.0.json": {"application/openapi+json", func() []byte { return encode(a.document30()) }},
	} {
		type issue struct {
			of   time.Duration
			text []byte
		}
		var latest atomic.Pointer[issue]
		a.Raw(path, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			now := SinceExamples(a.cfg.Clock.Now())
			served := latest.Load()
			if served == nil || served.of != now {
				served = &issue{now, document.text()}
				latest.Store(served)
			}
			w.Header().Set("Content-Type", document.contentType)
			_, _ = w.Write(served.text)
		}))
	}
}

// DocumentYAML is Document as YAML.
func (a *API) DocumentYAML() []byte {
	var out bytes.Buffer
	if err := yaml.Convert(&out, bytes.NewReader(encode(a.Document()))); err != nil {
		panic(err) // what was JSON can always be written as YAML
	}
	return out.Bytes()
}

// tree is an object of the document's JSON. The document is finished as JSON
// because huma checks requests by its own schemas, which must stay as they are.
type tree = map[string]any

func encode(t tree) []byte {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // what was JSON can be JSON again
	}
	return text
}

func child(t tree, path ...string) tree {
	for _, name := range path {
		t, _ = t[name].(tree)
	}
	return t
}

// Document returns the OpenAPI 3.1 document of the routes registered so far, in a
// form from which generators make clients that keep working: every enum has a
// name, answers may grow, and all operations share one description of each error.
func (a *API) Document() tree {
	text, err := json.Marshal(a.OpenAPI())
	if err != nil {
		panic(err) // the document is ours, and can be written
	}
	var document tree
	if err := json.Unmarshal(text, &document); err != nil {
		panic(err)
	}
	schemas := child(document, "components", "schemas")
	named := tree{}
	nameEnums(document, named)
	maps.Copy(schemas, named)
	responses := tree{}
	child(document, "components")["responses"] = responses
	requested := map[string]bool{}
	examples := a.examples()
	for _, item := range child(document, "paths") {
		for method, op := range item.(tree) {
			op := op.(tree)
			documentErrors(op, responses, a.cfg.Codes[op["operationId"].(string)])
			content := child(op, "requestBody", "content")
			if method == "patch" {
				content["application/merge-patch+json"] = content["application/json"]
				delete(content, "application/json")
			}
			reach(content, schemas, requested)
			examples[op["operationId"].(string)].addTo(op)
		}
	}
	for name, schema := range schemas {
		if !requested[name] {
			delete(schema.(tree), "additionalProperties")
		}
	}
	return document
}

// enumKey marks the schema of an enum with what the document says of it once.
const enumKey = "x-enum"

type enum struct{ Name, About string }

// nameEnums moves every enum that has a name into named, and refers to it. On its
// way it puts patterns so that every language reads them alike.
func nameEnums(node any, named tree) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			nameEnums(item, named)
		}
	case tree:
		delete(node, "patternDescription") // huma's own
		// In many languages an expression knows no \p, and nothing beyond 16 bits.
		switch node["pattern"] {
		case shows:
			node["pattern"] = `\S`
		case blankOrShows:
			delete(node, "pattern")
		}
		if marked, ok := node[enumKey].(tree); ok {
			name := marked["Name"].(string)
			values := slices.DeleteFunc(node["enum"].([]any), func(value any) bool { return value == nil })
			named[name] = tree{"type": "string", "enum": values, "description": marked["About"]}
			ref, nullable := "#/components/schemas/"+name, slices.Contains(asList(node["type"]), any("null"))
			for _, key := range []string{"type", "enum", enumKey} {
				delete(node, key)
			}
			if nullable {
				node["anyOf"] = []any{tree{"$ref": ref}, tree{"type": "null"}}
			} else {
				node["$ref"] = ref
			}
		}
		for _, value := range node {
			nameEnums(value, named)
		}
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// referred returns the name of what node refers to, if it does.
func referred(node tree) string {
	ref, _ := node["$ref"].(string)
	return ref[strings.LastIndexByte(ref, '/')+1:]
}

// reach notes the schemas to which node refers.
func reach(node any, schemas tree, reached map[string]bool) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			reach(item, schemas, reached)
		}
	case tree:
		if name := referred(node); name != "" && !reached[name] {
			reached[name] = true
			reach(schemas[name], schemas, reached)
		}
		for _, value := range node {
			reach(value, schemas, reached)
		}
	}
}

// document30 returns Document in the words of OpenAPI 3.0.
func (a *API) document30() tree {
	document := a.Document()
	return downgrade(document, child(document, "components", "schemas")).(tree)
}

// downgrade puts a node of an OpenAPI 3.1 document with these schemas into the
// words of 3.0.
func downgrade(node any, schemas tree) any {
	switch node := node.(type) {
	case []any:
		for i := range node {
			node[i] = downgrade(node[i], schemas)
		}
	case tree:
		for key, value := range node {
			node[key] = downgrade(value, schemas)
		}
		if node["openapi"] != nil {
			node["openapi"] = "3.0.3"
			license := child(node, "info", "license")
			delete(license, "identifier")
			license["url"] = "https://opensource.org/license/mit"
		}
		if types := asList(node["type"]); types != nil {
			node["type"], node["nullable"] = types[0], true
		}
		if either := asList(node["anyOf"]); len(either) == 2 && reflect.DeepEqual(either[1], tree{"type": "null"}) {
			delete(node, "anyOf")
			node["allOf"], node["nullable"] = either[:1], true
			// Without a type beside it, nullable says nothing.
			node["type"] = child(schemas, referred(either[0].(tree)))["type"]
		}
		if ref, ok := node["$ref"]; ok && len(node) > 1 {
			delete(node, "$ref")
			node["allOf"] = []any{tree{"$ref": ref}}
		}
		if examples := asList(node["examples"]); examples != nil {
			delete(node, "examples")
			node["example"] = examples[0]
		}
		if node["contentMediaType"] == "application/octet-stream" {
			delete(node, "contentMediaType")
			node["format"] = "binary"
		}
		if limit, ok := node["exclusiveMinimum"].(float64); ok {
			node["minimum"], node["exclusiveMinimum"] = limit, true
		}
	}
	return node
}
