package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/klauspost/compress/gzhttp"
)

const (
	// leastCompressed is from how many bytes on an answer is compressed.
	leastCompressed = 1 << 10

	noStore    = "no-store"
	revalidate = "private, no-cache"
)

// compress sends texts as gzip or zstd to who asks for it.
func compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(leastCompressed), gzhttp.ContentTypeFilter(func(contentType string) bool {
		return isJSONType(contentType) || strings.HasPrefix(contentType, "text/") || strings.HasPrefix(contentType, "application/openapi+yaml")
	}))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap(next)
}

func isJSONType(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return mediaType != "" && isJSON(mediaType)
}

// tag gives what was read as JSON an ETag, and answers 304 without a body to who
// has it already. It is a strong one where the handler has set a version, also in
// the answer of a PATCH. It comes after compress, so that an answer that is
// compressed is another one.
func tag(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldAnswer{ResponseWriter: w, reads: r.Method == http.MethodGet}
		next.ServeHTTP(held, r)
		held.send(r.Header.Values("If-None-Match"))
	})
}

// heldAnswer holds a JSON answer that gets an ETag back until it is whole; any
// other passes through.
type heldAnswer struct {
	http.ResponseWriter
	reads  bool
	status int
	holds  bool
	body   bytes.Buffer
}

func (a *heldAnswer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	a.holds = status == http.StatusOK && isJSONType(a.Header().Get("Content-Type")) && (a.reads || a.Header().Get("ETag") != "")
	if !a.holds {
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *heldAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.holds {
		return a.body.Write(p)
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *heldAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *heldAnswer) send(known []string) {
	if !a.holds {
		return
	}
	sum := sha256.Sum256(a.body.Bytes())
	hash := base64.RawURLEncoding.EncodeToString(sum[:12])
	h := a.Header()
	if version := h.Get("ETag"); version != "" {
		h.Set("ETag", `"`+version+"-"+hash+`"`)
	} else {
		h.Set("ETag", `W/"`+hash+`"`)
	}
	if a.reads && a.isKnown(known) {
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		a.ResponseWriter.WriteHeader(http.StatusNotModified)
		return
	}
	a.ResponseWriter.WriteHeader(a.status)
	_, _ = a.ResponseWriter.Write(a.body.Bytes()) // a client that is gone needs no answer
}

// isKnown prepares the headers of what was read, and reports whether the client
// knows it.
func (a *heldAnswer) isKnown(known []string) bool {
	h := a.Header()
	h.Add("Vary", "Authorization")
	if h.Get("Cache-Control") == noStore {
		h.Set("Cache-Control", revalidate)
	}
	opaque := strings.TrimPrefix(h.Get("ETag"), "W/")
	for given := range strings.SplitSeq(strings.Join(known, ","), ",") {
		if given = strings.TrimSpace(given); given == "*" || strings.TrimPrefix(given, "W/") == opaque {
			return true
		}
	}
	return false
}

// Cached lets everybody keep the answers of a route for a while.
func Cached(age time.Duration) Option {
	value := fmt.Sprintf("public, max-age=%d", int(age.Seconds()))
	return func(r *route) {
		r.op.Middlewares = append(r.op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			ctx.SetHeader("Cache-Control", value)
			next(ctx)
		})
	}
}
