package api

import (
	"path"
	"reflect"
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

// hidePatternDescriptions takes a key out of the document that is huma's own
// and no part of JSON Schema; the messages that it is for have been made.
func hidePatternDescriptions(document *huma.OpenAPI) {
	for _, schema := range document.Components.Schemas.Map() {
		hidePatternDescription(schema)
	}
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				hidePatternDescription(p.Schema)
			}
		}
	}
}

func hidePatternDescription(s *huma.Schema) {
	s.PatternDescription = ""
	if s.Items != nil {
		hidePatternDescription(s.Items)
	}
	for _, property := range s.Properties {
		hidePatternDescription(property)
	}
}
