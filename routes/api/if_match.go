package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

// Versioned is the output of a route that shows what can be patched. The kernel
// adds a hash of the answer to its Version, so that the ETag is a strong one.
type Versioned[T any] struct {
	Version string `header:"ETag" doc:"For If-Match, unchanged."`
	Body    T
}

// Version names what a patch C can change, as r shows it: the values of the fields
// that have the names of C's. Whatever else r shows may change without it.
func Version[C any](r any) string {
	sum := sha256.New()
	values := json.NewEncoder(sum)
	for field := range reflect.TypeFor[C]().Fields() {
		if value := reflect.ValueOf(r).FieldByName(field.Name); value.IsValid() {
			_ = values.Encode(value.Interface()) // r itself has been or will be written as JSON
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// IfMatch is embedded in the input of a route that changes or deletes what has a
// Version: the caller may ask that nobody has changed it since they read it.
type IfMatch struct {
	Header string `header:"If-Match" doc:"An ETag of the resource as a GET or PATCH answered it: the request is refused if what can be patched has changed since. Several may be given, or *."`

	versions []string
	asked    bool
}

const entityTag = `(?:W/)?"[^"\x00-\x20\x7f]*"`

var (
	entityTags    = regexp.MustCompile(entityTag)
	entityTagList = regexp.MustCompile(`^[ \t,]*` + entityTag + `(?:[ \t]*,[ \t,]*` + entityTag + `)*[ \t,]*$`)
)

// Resolve implements huma.Resolver.
func (m *IfMatch) Resolve(ctx huma.Context) []error {
	r, _ := humamux.Unwrap(ctx)
	given := r.Header.Values("If-Match")
	list := strings.Join(given, ",")
	switch {
	case given == nil || strings.TrimSpace(list) == "*":
		return nil
	case !entityTagList.MatchString(list):
		return []error{NewFault("header.If-Match", "wrong_format", `must be ETags such as "8f14e45fceea167a-Zm9vYmFy", or *`)}
	}
	m.asked = true
	for _, tag := range entityTags.FindAllString(list, -1) {
		// One that is weak never matches, since it keeps its W.
		version, _, _ := strings.Cut(strings.TrimPrefix(tag, `"`), "-")
		m.versions = append(m.versions, version)
	}
	return nil
}

// Check refuses the request if it asks for other versions than the present one. It
// belongs in the transaction of the write, and present locks what it reads, so
// that of two requests at once the second sees what the first has changed.
func (m *IfMatch) Check(present func() (string, error)) error {
	if !m.asked {
		return nil
	}
	version, err := present()
	if err == nil && !slices.Contains(m.versions, version) {
		return newProblem(http.StatusPreconditionFailed, "changed_meanwhile", "It has changed since you read it; read it again and repeat the change if it is still wanted.")
	}
	return err
}
