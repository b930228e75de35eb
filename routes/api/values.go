package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"freety/db"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/text/unicode/norm"
)

// Opt is a query parameter that can be told from an absent one.
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
	Value  T `json:"-"`
	Set    bool
	isNull bool
}

// Schema implements huma.SchemaProvider.
func (Change[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[T](r) }

// UnmarshalJSON implements json.Unmarshaler.
func (c *Change[T]) UnmarshalJSON(text []byte) error {
	if isNull(text) {
		c.isNull = true
		return nil
	}
	c.Set = true
	return json.Unmarshal(text, &c.Value)
}

// Resolve implements huma.ResolverWithPath.
func (c *Change[T]) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if c.isNull {
		return []error{&Fault{path.String(), "cannot be cleared"}}
	}
	return nil
}

// Or is the new value where there is one, else current.
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

// Or is the new value, which may be none, where one is given, else current.
func (n Null[T]) Or(current *T) *T {
	if n.Set {
		return n.Value
	}
	return current
}

// Enum is the schema of a text that is one of values, for a type's Schema method.
func Enum(values ...any) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: values}
}

// schemaOf is a copy, since field tags are written into it.
func schemaOf[T any](r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	return &s
}

func isNull(text []byte) bool { return bytes.Equal(bytes.TrimSpace(text), []byte("null")) }

// Text is what a person wrote, without space around it. Like all of a body it
// is in NFC, since a phone may send Hangul in letters that compare unequal to
// the same syllables.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(text []byte) error {
	var s string
	// What is no string has been reported by the check of the schema; an error
	// here would keep the decoder from the faults behind it.
	_ = json.Unmarshal(text, &s)
	*t = Text(strings.TrimSpace(s))
	return nil
}

// NewText trims and composes a text that did not come in a JSON body.
func NewText(s string) Text { return Text(strings.TrimSpace(norm.NFC.String(s))) }

// Unique is a list in which no value stands twice. huma's own check of that
// panics on values that cannot be compared, so it is not used.
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
			return []error{&Fault{path.String(), "has a value twice"}}
		}
		seen[value] = true
	}
	return nil
}

// JSON is a column of JSON that an answer shows as what it holds.
type JSON[T any] struct{ db.JSON[T] }

// Schema implements huma.SchemaProvider.
func (JSON[T]) Schema(r huma.Registry) *huma.Schema { return schemaOf[T](r) }

// Columns are those that a merge patch sets.
type Columns map[string]any

// Add sets a column when the patch does.
func (c Columns) Add(name string, set bool, value any) {
	if set {
		c[name] = value
	}
}

// AddText sets a column of text, which is cleared by making it empty.
func (c Columns) AddText(name string, change Null[Text]) {
	text := Text("")
	if change.Value != nil {
		text = *change.Value
	}
	c.Add(name, change.Set, text)
}
