package api

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

// Parts says what a multipart form may hold: files under one name, and fields
// of text. A part with any other name is refused.
type Parts struct {
	File      string // the name of every part that is a file
	Least     int    // files; with 0 the form needs none
	Most      int
	FileBytes int64 // of each
	About     string
	Fields    []Field
}

// Field is a part of a form that holds text.
type Field struct {
	Name   string
	Most   int // how many times it may be given
	Length int // in characters, at most
	About  string
}

// headerBytes is how much the boundaries and headers of a form may take.
const headerBytes = 1 << 20

func (p Parts) bytes() int64 {
	sum := int64(p.Most)*p.FileBytes + headerBytes
	for _, f := range p.Fields {
		sum += int64(f.Most * f.Length * utf8.UTFMax)
	}
	return sum
}

func (p Parts) field(name string) (Field, bool) {
	for _, f := range p.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

func (p Parts) schema() *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{p.File: {
		Type: huma.TypeArray, MinItems: &p.Least, MaxItems: &p.Most, Description: p.About,
		Items: &huma.Schema{Type: huma.TypeString, Format: "binary"},
	}}}
	if p.Least > 0 {
		s.Required = []string{p.File}
	}
	for _, f := range p.Fields {
		text := &huma.Schema{Type: huma.TypeString, MaxLength: &f.Length, Description: f.About}
		if f.Most > 1 {
			text = &huma.Schema{Type: huma.TypeArray, MaxItems: &f.Most, Items: text, Description: f.About}
		}
		s.Properties[f.Name] = text
	}
	return s
}

const formKey = "form"

// Multipart is for a route whose input embeds a Form.
func Multipart(parts Parts) Option {
	return func(r *route) {
		r.form = &parts
		r.metadata(formKey, parts)
		r.op.Errors = append(r.op.Errors, bodyErrors...)
		r.timeout = slowTimeout
	}
}

// Form is the body of a route registered with Multipart. It is read part by
// part, so that no file is ever held in memory.
type Form struct {
	parts   Parts
	request *http.Request
	writer  http.ResponseWriter
	texts   map[string][]Text
}

// Resolve implements huma.Resolver.
func (f *Form) Resolve(ctx huma.Context) []error {
	f.request, f.writer = humamux.Unwrap(ctx)
	f.parts, _ = ctx.Operation().Metadata[formKey].(Parts)
	return nil
}

// Texts returns the values of the fields with that name, in their order, once
// Read has run.
func (f *Form) Texts(name string) []Text { return f.texts[name] }

// Read reads the form once, from its first part to its last. It calls file for
// every file, numbered from 0, which must read content to its end or fail. If
// the form is at fault the error is a Problem, also when a read of content
// returns it.
func (f *Form) Read(ctx context.Context, file func(number int, content io.Reader) error) error {
	request := *f.request
	request.Body = http.MaxBytesReader(f.writer, request.Body, f.parts.bytes())
	parts, err := request.MultipartReader()
	if err != nil || !strings.HasPrefix(request.Header.Get("Content-Type"), "multipart/form-data") {
		return UnsupportedMedia("Send the body as multipart/form-data.")
	}
	f.texts = map[string][]Text{}
	for files := 0; ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			if files < f.parts.Least {
				return f.fault(f.parts.File, "too_few", "must list at least %v", f.parts.Least)
			}
			return nil
		}
		if err != nil {
			return formProblem(err)
		}
		content := &partReader{part: part, left: f.parts.FileBytes, req: requestOf(ctx)}
		content.req.hash([]byte(part.FormName() + "\x00"))
		if part.FormName() == f.parts.File {
			if files == f.parts.Most {
				return f.fault(f.parts.File, "too_many", "must list at most %v", f.parts.Most)
			}
			err = file(files, content)
			files++
		} else {
			err = f.readText(part.FormName(), content)
		}
		if err != nil {
			return err
		}
		content.end()
	}
}

func (f *Form) readText(name string, content *partReader) error {
	field, known := f.parts.field(name)
	switch {
	case !known:
		return InvalidInput(NewFault("body", "unknown", "has a part that this route does not take; the document lists those that it does"))
	case len(f.texts[name]) == field.Most:
		return f.fault(name, "too_many", "must list at most %v", field.Most)
	}
	content.left = int64(field.Length * utf8.UTFMax)
	raw, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	text := NewText(string(raw))
	if !utf8.Valid(raw) {
		return f.fault(name, "not_utf8", "is not UTF-8")
	}
	if utf8.RuneCountInString(string(text)) > field.Length {
		return f.fault(name, "too_long", "must have a length of at most %v", field.Length)
	}
	f.texts[name] = append(f.texts[name], text)
	return nil
}

func (f *Form) fault(name, code, message string, args ...any) error {
	return InvalidInput(NewFault("body."+name, code, message, args...))
}

// partReader reads one part, up to its limit, and adds it to the hash of the
// form. The boundaries are left out, because a phone chooses new ones when it
// sends a form again.
type partReader struct {
	part       *multipart.Part
	left, read int64
	req        *request
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	p.req.hash(b[:n])
	p.read += int64(n)
	if p.left -= int64(n); p.left < 0 {
		return n, TooLarge("A part named %s may have %d bytes at most.").With(p.part.FormName(), p.read+p.left)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = formProblem(err)
	}
	return n, err
}

// end adds the length of the part to the hash, so that it tells where a part
// ends.
func (p *partReader) end() { p.req.hash(binary.BigEndian.AppendUint64(nil, uint64(p.read))) }

func formProblem(err error) *Problem {
	if p := bodyProblem(err); p.Code != "malformed_request" {
		return p
	}
	return Malformed("The form ended before it was complete, or is not a multipart form.")
}
