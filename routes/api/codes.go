package api

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// common are the codes that any route may answer with, by status.
var common = map[int][]string{
	http.StatusBadRequest:            {"malformed_request"},
	http.StatusUnauthorized:          {"unauthenticated", "invalid_token"},
	http.StatusForbidden:             {"forbidden"},
	http.StatusNotFound:              {"not_found"},
	http.StatusRequestTimeout:        {"request_timeout"},
	http.StatusPreconditionFailed:    {"changed_meanwhile"},
	http.StatusRequestEntityTooLarge: {"too_large"},
	http.StatusUnsupportedMediaType:  {"unsupported_media_type"},
	http.StatusUnprocessableEntity:   {"invalid_input", "idempotency_key_reused"},
	http.StatusTooManyRequests:       {"too_many_requests"},
	http.StatusInternalServerError:   {"internal_error"},
	http.StatusServiceUnavailable:    {"unavailable", "outcome_unknown"},
}

// IsCommon reports whether any route may answer with a code.
func IsCommon(status int, code string) bool { return slices.Contains(common[status], code) }

// Codes are those of an operation's errors that are not common, by status.
type Codes map[int][]string

// ReadCodes reads lines of an operation, a status and a code, and returns the
// Codes of each operation.
func ReadCodes(text string) map[string]Codes {
	read := map[string]Codes{}
	for line := range strings.Lines(text) {
		var operation, code string
		var status int
		if _, err := fmt.Sscanf(line, "%s %d %s", &operation, &status, &code); err != nil {
			continue // a success has no code
		}
		if read[operation] == nil {
			read[operation] = Codes{}
		}
		read[operation][status] = append(read[operation][status], code)
	}
	return read
}

const codesKey = "codes"

// CodesOf returns the Codes that an operation documents.
func CodesOf(op *huma.Operation) Codes {
	codes, _ := op.Metadata[codesKey].(Codes)
	return codes
}

// document notes the codes in an operation.
func (c Codes) document(r *route) {
	r.metadata(codesKey, c)
	for _, status := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(r.op.Errors, status) {
			r.op.Errors = append(r.op.Errors, status)
		}
	}
}

// documentErrors says in the answers of an operation with which codes it refuses.
// Where they are only the common ones, all operations share one description.
func documentErrors(op, shared tree, codes Codes) {
	answers := child(op, "responses")
	for key, answer := range answers {
		status, err := strconv.Atoi(key)
		if err != nil || status < http.StatusBadRequest {
			continue
		}
		answer := answer.(tree)
		if own := codes[status]; own != nil {
			if status != http.StatusUnauthorized || !reflect.DeepEqual(op["security"], ignoresToken) {
				own = slices.Concat(own, common[status])
			}
			describe(answer, status, own)
			continue
		}
		name := strings.ReplaceAll(http.StatusText(status), " ", "")
		describe(answer, status, common[status])
		shared[name] = answer
		answers[key] = tree{"$ref": "#/components/responses/" + name}
	}
}

// ignoresToken is the security of an operation that no access token concerns.
var ignoresToken any = []any{tree{}}

func describe(answer tree, status int, codes []string) {
	answer["description"] = http.StatusText(status) + ": `" + strings.Join(codes, "`, `") + "`."
	answer["x-codes"] = codes
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		answer["headers"] = tree{"Retry-After": tree{"description": "The seconds to wait before the next try.", "schema": tree{"type": "integer"}}}
	}
}
