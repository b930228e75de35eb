package api

import (
	"bytes"
	"encoding/json"
	"reflect"

	"freety/db"

	"github.com/danielgtaylor/huma/v2"
)

// Opt is a query parameter that knows whether it was given.
type Opt[T any] struct {
	Value T
	Set   bool
}

// Schema implements huma.SchemaProvider.
func (Opt[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[T](r) }

// Receiver implements huma.ParamWrapper.
func (o *Opt[T]) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet implements huma.ParamReactor.
func (o *Opt[T]) OnParamSet(set bool, _ any) { o.Set = set }

// Change is a property of a merge patch that cannot be cleared.
type Change[T any] struct {
	Value T `json:"-"`
	Set   bool
}

// Schema implements huma.SchemaProvider.
func (Change[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[T](r) }

// UnmarshalJSON implements json.Unmarshaler.
func (c *Change[T]) UnmarshalJSON(text []byte) error {
	c.Set = !isNull(text) // a null has been refused
	return json.Unmarshal(text, &c.Value)
}

// Or returns the new value if there is one, and current if not.
func (c Change[T]) Or(current T) T {
	if c.Set {
		return c.Value
	}
	return current
}

// Null is a property of a merge patch that null clears.
type Null[T any] struct {
	Value *T `json:"-"`
	Set   bool
}

// Schema implements huma.SchemaProvider.
func (Null[T]) Schema(r huma.Registry) *huma.Schema {
	s := schemaOf[T](r)
	s.Nullable = true
	return s
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Null[T]) UnmarshalJSON(text []byte) error {
	n.Set = true
	if isNull(text) {
		return nil
	}
	n.Value = new(T)
	return json.Unmarshal(text, n.Value)
}

// Or returns the new value, nil if it was cleared, and current if none was given.
func (n Null[T]) Or(current *T) *T {
	if n.Set {
		return n.Value
	}
	return current
}

// Enum returns the schema of a text that is one of values, for a type's Schema
// method. The document has it once, with what it is about, under name, which
// generated clients give to their type.
func Enum[T ~string](name, about string, values ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Extensions: map[string]any{enumKey: enum{name, about}}}
	for _, value := range values {
		s.Enum = append(s.Enum, string(value))
	}
	return s
}

// schemaOf returns a copy, because huma writes field tags into it.
func schemaOf[T any](r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	return &s
}

func isNull(text []byte) bool { return bytes.Equal(bytes.TrimSpace(text), []byte("null")) }

// Unique is a list without duplicates. huma's own check for them panics on values
// that cannot be compared, so it is not used.
type Unique[T comparable] struct{ Values []T }

// Schema implements huma.SchemaProvider.
func (Unique[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[[]T](r) }

// UnmarshalJSON implements json.Unmarshaler.
func (u *Unique[T]) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &u.Values) }

// Resolve implements huma.ResolverWithPath.
func (u *Unique[T]) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	seen := map[T]bool{}
	for _, value := range u.Values {
		if seen[value] {
			return []error{NewFault(path.String(), "repeated", "has a value twice")}
		}
		seen[value] = true
	}
	return nil
}

// JSON is a column of JSON, which an answer shows as the value that it holds.
type JSON[T any] struct{ db.JSON[T] }

// Schema implements huma.SchemaProvider.
func (JSON[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[T](r) }

// Columns are the columns that a merge patch sets.
type Columns map[string]any

// Add sets a column if the patch sets it.
func (c Columns) Add(name string, set bool, value any) {
	if set {
		c[name] = value
	}
}

// AddText sets a column of text; clearing it makes it empty.
func AddText[T ~string](c Columns, name string, change Null[T]) {
	var text T
	if change.Value != nil {
		text = *change.Value
	}
	c.Add(name, change.Set, text)
}
