package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

var (
	errPropertyTwice = NewFault("body", "repeated", "has a property twice")
	errTooDeep       = NewFault("body", "too_deep", "is nested too deeply")
	errNotJSON       = NewFault("body", "not_json", "is not valid JSON")
)

const (
	// The limits of a JSON body; the largest that a route needs is a recruitment's.
	maxBodyBytes = 128 << 10
	deepestJSON  = 32
)

// bodyErrors are those of every route with a body.
var bodyErrors = []int{http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}

// readJSON reads the body of a request and replaces it with its canonical form,
// so that the check, the decoder and the handler all read the same.
func (a *API) readJSON(ctx huma.Context, next func(huma.Context)) {
	r, w := humamux.Unwrap(ctx)
	// If the connection has no deadline, as in a test, that of the request still bounds the handler.
	_ = huma.SetReadDeadline(w, time.Now().Add(requestTimeout))
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		a.refuse(ctx, bodyProblem(err))
		return
	}
	r.Body = http.NoBody
	if len(text) == 0 {
		// Some clients name a type of forms also for no body at all.
		r.Header.Del("Content-Type")
	} else {
		if mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !isJSON(strings.TrimSpace(mediaType)) {
			a.refuse(ctx, UnsupportedMedia("This route does not take this Content-Type; the document lists those that it takes."))
			return
		}
		canonical, err := canonicalJSON(text)
		if err != nil {
			fault := errNotJSON // the decoder's own words repeat parts of the body
			_ = errors.As(err, &fault)
			a.refuse(ctx, checkFailed(requestOf(ctx.Context()), http.StatusBadRequest, []error{fault}))
			return
		}
		if op := ctx.Operation(); bytes.Contains(canonical, []byte("null")) && op.RequestBody != nil {
			var body any
			_ = json.Unmarshal(canonical, &body) // has just been written
			at := huma.NewPathBuffer([]byte("body"), len("body"))
			a.noteNulls(requestOf(ctx.Context()), op.RequestBody.Content["application/json"].Schema, body, at)
		}
		r.Body = io.NopCloser(bytes.NewReader(canonical))
		r.Header.Set("Content-Type", "application/json")
	}
	requestOf(ctx.Context()).hash(text)
	next(ctx)
}

// noteNulls notes each null in a body where the schema has none. huma takes one for
// a property that may be left out as if it were left out.
func (a *API) noteNulls(req *request, schema *huma.Schema, value any, at *huma.PathBuffer) {
	for schema.Ref != "" {
		schema = a.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	switch value := value.(type) {
	case nil:
		if !schema.Nullable {
			req.faults = append(req.faults, NewFault(at.String(), "not_nullable", "must have a value"))
		}
	case []any:
		for i, item := range value {
			if schema.Items != nil {
				at.PushIndex(i)
				a.noteNulls(req, schema.Items, item, at)
				at.Pop()
			}
		}
	case tree:
		for name, property := range schema.Properties {
			if given, ok := value[name]; ok {
				at.Push(name)
				a.noteNulls(req, property, given, at)
				at.Pop()
			}
		}
	}
}

func isJSON(mediaType string) bool {
	return mediaType == "" || mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// bodyProblem turns an error from reading a body into a Problem.
func bodyProblem(err error) *Problem {
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge):
		return TooLarge("The body is too large.")
	case errors.As(err, &network) && network.Timeout():
		return newProblem(http.StatusRequestTimeout, "request_timeout", "The request took too long to arrive.")
	}
	return Malformed("The body ended before it was complete.")
}

// canonicalJSON returns data in a form that means the same to every reader: no
// property twice, of which the check would see one and the decoder both; texts
// composed, so that they are as long for the check as for the database; whole
// numbers without a fraction or exponent.
func canonicalJSON(data []byte) ([]byte, error) {
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	var out bytes.Buffer
	if err := copyValue(in, &out, 0); err != nil {
		return nil, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("goes on after its end")
	}
	return out.Bytes(), nil
}

func copyValue(in *json.Decoder, out *bytes.Buffer, depth int) error {
	token, err := in.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == deepestJSON {
			return errTooDeep
		}
		return copyItems(in, out, token, depth+1)
	case string:
		return writeJSON(out, compose(token))
	case json.Number:
		out.WriteString(wholeNumber(token.String()))
		return nil
	default:
		return writeJSON(out, token)
	}
}

// copyItems copies what follows an opening token, up to its closing one.
func copyItems(in *json.Decoder, out *bytes.Buffer, opening json.Delim, depth int) error {
	out.WriteRune(rune(opening))
	names := map[string]bool{}
	for first := true; in.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if opening == '{' {
			name, err := in.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string) // the decoder takes nothing else
			if names[text] {
				return errPropertyTwice
			}
			names[text] = true
			if err := writeJSON(out, text); err != nil {
				return err
			}
			out.WriteByte(':')
		}
		if err := copyValue(in, out, depth); err != nil {
			return err
		}
	}
	closing, err := in.Token()
	if err != nil {
		return err
	}
	end, _ := closing.(json.Delim)
	out.WriteRune(rune(end))
	return nil
}

func writeJSON(out *bytes.Buffer, v any) error {
	text, err := json.Marshal(v)
	out.Write(text)
	return err
}

// largestExact is the number up to which a float64 holds every whole number.
const largestExact = 1 << 53

func wholeNumber(text string) string {
	digits, fraction, hasFraction := strings.Cut(text, ".")
	if !strings.ContainsAny(text, "eE") {
		// Not as a float64, which would round a fraction of many digits away.
		if hasFraction && strings.Trim(fraction, "0") == "" {
			return digits
		}
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	rounded := f == 0 && strings.ContainsAny(text[:strings.IndexAny(text, "eE")], "123456789")
	if err != nil || rounded || f != math.Trunc(f) || math.Abs(f) > largestExact {
		return text
	}
	return strconv.FormatInt(int64(f), 10)
}
