package api

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemaName names a type's schema. Types of the recruitments and bookings
// packages get the resource in front, so that recruitments.Card is a
// RecruitmentCard to those who read only the document.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if open := strings.IndexByte(name, '['); open > 0 {
		argument := strings.TrimSuffix(name[open+1:], "]")
		generic, local := name[:open], argument[strings.LastIndexByte(argument, '.')+1:]
		if dot := strings.LastIndexByte(argument, '.'); dot > 0 {
			local = inResource(argument[:dot], local)
		}
		return strings.ToUpper(local[:1]) + local[1:] + generic
	}
	if name == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	return inResource(t.PkgPath(), strings.ToUpper(name[:1])+name[1:])
}

func inResource(pkg, name string) string {
	switch resource := path.Base(pkg); resource {
	case "recruitments", "bookings":
		prefix := strings.ToUpper(resource[:1]) + resource[1:len(resource)-1]
		if !strings.Contains(name, prefix) {
			return prefix + name
		}
	}
	return name
}

// finishSchemas makes the schemas proper JSON Schema, once all messages of the
// checks have been made of them.
func finishSchemas(document *huma.OpenAPI) {
	for _, schema := range document.Components.Schemas.Map() {
		finishSchema(schema)
	}
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				finishSchema(p.Schema)
			}
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
