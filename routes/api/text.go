package api

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/text/unicode/norm"
)

// compose returns a text in the one form in which it is compared and stored: in
// NFC, because a phone may send Hangul as single letters, which do not equal the
// same syllables, and without characters that only control.
func compose(text string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if controls(r) {
			return -1
		}
		return r
	}, text))
}

// controls reports whether a character controls a terminal, or the direction of
// the text around it. A line may end and have tabs, and joiners belong to emoji
// and to many scripts.
func controls(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
}

// Text is what a person wrote, without surrounding space.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(text []byte) error {
	var s string
	// The check of the schema has reported anything that is not a string; an
	// error here would keep the decoder from finding later faults.
	_ = json.Unmarshal(text, &s)
	*t = Text(strings.TrimSpace(s))
	return nil
}

// NewText trims and composes a text that did not come in a JSON body.
func NewText(s string) Text { return Text(strings.TrimSpace(compose(s))) }

// Name is a text of one line that shows something.
type Name string

// shows matches a character that shows something: no space, nothing that Unicode
// lets a font ignore, and neither of two that are drawn as nothing, the blank
// braille pattern and the null notehead.
const shows = "[^\\p{Z}\\p{C}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U0001d159\U000e0000-\U000e0fff]"

// blankOrShows matches what a text that may be empty may be.
const blankOrShows = "^[\\p{Z}\\s]*$|" + shows

// Schema implements huma.SchemaProvider.
func (Name) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: shows, PatternDescription: "more than spaces"}
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Name) UnmarshalJSON(text []byte) error { return (*OptionalName)(n).UnmarshalJSON(text) }

// OptionalName is a Name that may be empty.
type OptionalName string

// Schema implements huma.SchemaProvider.
func (OptionalName) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: blankOrShows, PatternDescription: "empty or more than spaces"}
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *OptionalName) UnmarshalJSON(text []byte) error {
	var t Text
	err := t.UnmarshalJSON(text)
	*n = OptionalName(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, string(t)))
	return err
}
