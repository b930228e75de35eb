package routestest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

// SeenFile is the environment variable with the file that every server adds to,
// when its test ends, what it answered: a line "operation status code" each.
const SeenFile = "FREETY_TEST_SEEN"

// calls compares what a server answers with its document.
type calls struct {
	mu         sync.Mutex
	operations []operation
	seen       map[string]bool
	mayFail    bool // whether a 500 is what the test asks for
}

type operation struct {
	method   string
	path     []string
	document *huma.Operation
}

func (c *calls) learn(document *huma.OpenAPI) {
	c.seen = map[string]bool{}
	for path, item := range document.Paths {
		for method, op := range api.Operations(item) {
			c.operations = append(c.operations, operation{method, strings.Split(path, "/"), op})
		}
	}
	// One with a fixed name comes before the one with a parameter in its place.
	slices.SortFunc(c.operations, func(a, b operation) int { return strings.Compare(b.key(), a.key()) })
}

func (o operation) key() string {
	return strings.ReplaceAll(strings.Join(o.path, "/"), "{", "\x00")
}

func (c *calls) find(method, path string) *huma.Operation {
	given := strings.Split(path, "/")
	fits := func(pattern, name string) bool {
		return strings.HasPrefix(pattern, "{") && name != "" || pattern == name
	}
	for _, o := range c.operations {
		if o.method == method && slices.EqualFunc(o.path, given, fits) {
			return o.document
		}
	}
	return nil
}

// fraction finds a time that Swift's own decoder does not take.
var fraction = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[\d:]+\.[^"]*"`)

func (c *calls) note(method, path string, a Answer) {
	op := c.find(method, path)
	if op == nil {
		return
	}
	code := ""
	if a.Status >= http.StatusBadRequest && a.Header.Get("Content-Encoding") == "" {
		var p api.Problem
		if err := json.Unmarshal(a.Body, &p); err != nil {
			a.t.Errorf("%s: %d is no problem document: %s", a.call, a.Status, a.Body)
		}
		code = p.Code
	}
	if op.Responses[strconv.Itoa(a.Status)] == nil {
		a.t.Errorf("%s: %s does not document the status %d", a.call, op.OperationID, a.Status)
	}
	if a.Status == http.StatusInternalServerError && !c.mayFail {
		a.t.Errorf("%s: %s has failed: %s", a.call, op.OperationID, a.Body)
	}
	if code != "" && !api.IsCommon(a.Status, code) && !slices.Contains(api.CodesOf(op)[a.Status], code) {
		a.t.Errorf("%s: %s does not document the code %d %s; run tools/test and then go run ./tools/codes -update bin/seen", a.call, op.OperationID, a.Status, code)
	}
	if found := fraction.Find(a.Body); found != nil {
		a.t.Errorf("%s: a time has a fraction of a second: %s", a.call, found)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[fmt.Sprintf("%s %d %s", op.OperationID, a.Status, code)] = true
}

func (c *calls) save(t testing.TB) {
	name := os.Getenv(SeenFile)
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	// One write, which other processes cannot come between.
	_, err = file.WriteString(strings.Join(append(slices.Sorted(maps.Keys(c.seen)), ""), "\n"))
	if err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

var addresses atomic.Int64

// address is one that nobody in this process has.
func address(role api.Role) string {
	return fmt.Sprintf("%s-%d@test.freety.example", role, addresses.Add(1))
}
