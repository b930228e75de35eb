package routes_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"freety/config"
	"freety/routes"
	"freety/routes/api"
	"freety/routes/routestest"
	"freety/routes/system"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/openapi.yaml anew")

// today is the day of the document that is pinned, which its examples depend on.
type today struct{}

func (today) Now() time.Time { return time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC) }

// table is the one of the whole server in demo mode.
func table() *api.API {
	return routes.New(routes.Deps{
		JWTKeys: []config.JWTKey{{ID: "test", Secret: bytes.Repeat([]byte("k"), 32)}}, Log: slog.New(slog.DiscardHandler), Clock: today{}, Demo: &system.Demo{},
	})
}

func TestTheContractIsTheOneThatIsPinned(t *testing.T) {
	got := table().DocumentYAML()
	const golden = "testdata/openapi.yaml"
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("the contract has changed; if that is meant, run go test ./routes -update and look at the diff:\n%s", diff)
	}
}

func TestEveryOperationSaysWhoMayCallItAndWhatItAnswers(t *testing.T) {
	ids := map[string]bool{}
	for path, item := range table().OpenAPI().Paths {
		for method, op := range api.Operations(item) {
			switch {
			case ids[op.OperationID]:
				t.Errorf("%s %s: the id %s stands twice", method, path, op.OperationID)
			case op.Security == nil || !strings.Contains(op.Description, "For "):
				t.Errorf("%s %s does not say who may call it", method, path)
			case op.Summary == "" || len(op.Tags) != 1 || op.Tags[0] == "":
				t.Errorf("%s %s has no summary or section", method, path)
			case op.Responses["503"] == nil || op.Responses["422"] == nil:
				t.Errorf("%s %s does not document its errors", method, path)
			}
			ids[op.OperationID] = true
		}
	}
	if len(ids) < 40 {
		t.Errorf("%d operations only", len(ids))
	}
}

// walk calls visit for every object of the document.
func walk(node any, path string, visit func(path string, node map[string]any)) {
	switch node := node.(type) {
	case []any:
		for i, item := range node {
			walk(item, fmt.Sprintf("%s/%d", path, i), visit)
		}
	case map[string]any:
		visit(path, node)
		for name, value := range node {
			walk(value, path+"/"+name, visit)
		}
	}
}

func TestGeneratorsMakeClientsThatKeepWorking(t *testing.T) {
	document := table().Document()
	schemas := document["components"].(map[string]any)["schemas"].(map[string]any)
	walk(document, "", func(path string, node map[string]any) {
		_, isEnum := node["enum"]
		if parent, name, ok := strings.Cut(path, "/components/schemas/"); isEnum && (!ok || parent != "" || strings.Contains(name, "/")) {
			t.Errorf("%s is an enum without a name", path)
		}
		if strings.Contains(path, "/properties/") && node["default"] != nil {
			t.Errorf("%s has a default, for which generators make it required", path)
		}
		if op, ok := node["operationId"]; ok && strings.HasSuffix(path, "/patch") {
			content := node["requestBody"].(map[string]any)["content"].(map[string]any)
			if len(content) != 1 || content["application/merge-patch+json"] == nil {
				t.Errorf("%v takes %v", op, content)
			}
		}
	})
	for _, answer := range []string{"RecruitmentCard", "Booking", "Session", "Problem", "StylistProfile"} {
		if schema := schemas[answer].(map[string]any); schema["additionalProperties"] != nil {
			t.Errorf("%s cannot grow", answer)
		}
	}
	for _, input := range []string{"NewRecruitment", "RecruitmentSlotInput", "EmailSignUp"} {
		if schema := schemas[input].(map[string]any); schema["additionalProperties"] != false {
			t.Errorf("%s does not say that unknown properties are refused", input)
		}
	}
}

// What 3.0 does not have must not be in its document.
func TestTheDocumentOf30HasOnlyWhatItKnows(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	document := s.Anyone().Get("/openapi-3.0.json").Want(http.StatusOK).JSON()
	if document["openapi"] != "3.0.3" {
		t.Errorf("it is of %v", document["openapi"])
	}
	walk(document, "", func(path string, node map[string]any) {
		if strings.HasSuffix(path, "/properties") {
			return
		}
		_, isList := node["type"].([]any)
		_, isLimit := node["exclusiveMinimum"].(float64)
		_, examples := node["examples"].([]any)
		// In 3.0 nullable without a type allows no null.
		noNull := node["nullable"] == true && node["type"] == nil
		if noNull || isList || isLimit || examples || node["const"] != nil || node["contentMediaType"] != nil || node["type"] == "null" || node["$ref"] != nil && len(node) > 1 {
			t.Errorf("%s: %v", path, node)
		}
	})
}

func TestASlashAtTheEndIsTakenAway(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	for path, want := range map[string]string{"/v1/services/": "/v1/services", "/v1/recruitments/?limit=2": "/v1/recruitments?limit=2", "/v1/recruitments/7/": "/v1/recruitments/7", "//": "/"} {
		for _, method := range []string{"GET", "HEAD"} {
			if got := s.Anyone().CallOnce(method, path, nil); got.Status != http.StatusPermanentRedirect || got.Header.Get("Location") != want {
				t.Errorf("%s %s: %d %s", method, path, got.Status, got.Header.Get("Location"))
			}
		}
	}
	if got := s.Anyone().CallOnce("POST", "/v1/login/email/", "{}"); got.Status != http.StatusPermanentRedirect {
		t.Errorf("POST: %d", got.Status)
	}
	for _, path := range []string{"/v1/nothing/", "///", "//evil.example/", "/v1/services//"} {
		if got := s.Anyone().CallOnce("GET", path, nil); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.Status, got.Header.Get("Location"))
		}
	}
}

func TestTheRootLeadsToTheDocs(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]routestest.Option{nil, {routestest.InEarnest}} {
		s := routestest.New(t, opts...)
		for _, method := range []string{"GET", "HEAD"} {
			if got := s.Anyone().CallOnce(method, "/", nil).Want(http.StatusFound); got.Header.Get("Location") != "/docs" {
				t.Errorf("%s: to %s", method, got.Header.Get("Location"))
			}
		}
		if page := s.Anyone().Get("/").Want(http.StatusOK); !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			t.Errorf("there is %v", page.Header)
		}
		s.Anyone().Post("/", "{}").Problem(http.StatusMethodNotAllowed, "method_not_allowed")
	}
}

func TestServedDocumentsAndErrorsOfTheWholeServer(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	get := func(method, path string, headers ...string) (*http.Response, string) {
		t.Helper()
		answer := s.Anyone().Call(method, path, nil, headers...)
		return &http.Response{StatusCode: answer.Status, Header: answer.Header}, string(answer.Body)
	}
	problem := func(response *http.Response, body, code string) {
		t.Helper()
		var p map[string]any
		if err := json.Unmarshal([]byte(body), &p); err != nil || p["code"] != code || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("want the problem %s, got %d %s", code, response.StatusCode, body)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("X-Request-Id") != p["requestId"] {
			t.Errorf("headers %v", response.Header)
		}
	}
	if response, body := get("GET", "/openapi.json"); response.StatusCode != 200 || !strings.HasPrefix(body, `{"components"`) || !json.Valid([]byte(body)) {
		t.Errorf("openapi.json: %d", response.StatusCode)
	}
	if response, body := get("GET", "/openapi.yaml"); response.StatusCode != 200 || !strings.Contains(body, "openapi: 3.1.0") {
		t.Errorf("openapi.yaml: %d", response.StatusCode)
	}
	if response, body := get("GET", "/docs"); response.StatusCode != 200 || strings.Contains(body, "https://") || strings.Contains(body, "http://") {
		t.Errorf("docs: %d, or another host in %s", response.StatusCode, body)
	}
	if response, body := get("HEAD", "/ping"); response.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d %q", response.StatusCode, body)
	}
	if response, body := get("GET", "/photos/default-person.jpg"); response.StatusCode != 200 || response.Header.Get("Content-Type") != "image/jpeg" || !strings.Contains(response.Header.Get("Cache-Control"), "immutable") || body[:2] != "\xff\xd8" {
		t.Errorf("the default picture: %d %v", response.StatusCode, response.Header)
	}
	response, body := get("GET", "/v1/nothing?name=김하늘")
	problem(response, body, "not_found")
	response, body = get("DELETE", "/v1/services")
	problem(response, body, "method_not_allowed")
	if response.Header.Get("Allow") != "GET" {
		t.Errorf("Allow %q", response.Header.Get("Allow"))
	}
	response, body = get("GET", "/photos/..%2fjwt-keys")
	problem(response, body, "not_found")
	response, body = get("GET", "/openapi.jsonfoo")
	problem(response, body, "not_found")
	response, body = get("GET", "/v1/services?a=1")
	problem(response, body, "invalid_input")
	response, body = get("GET", "/v1/services", "Authorization: Bearer forged")
	problem(response, body, "invalid_token")
	if response, _ := get("GET", "/photos/default-person.jpg", "Authorization: Bearer expired"); response.StatusCode != 200 {
		t.Errorf("a picture for a stale token: %d", response.StatusCode)
	}
	if response, body := get("POST", "/v1/token/refresh", "Authorization: Bearer expired"); response.StatusCode != 400 {
		t.Errorf("refreshing with a stale token: %d %s", response.StatusCode, body)
	}
	response, body = get("GET", "/v1/me", "Authorization: Basic YTpi")
	problem(response, body, "invalid_token")
	response, body = get("GET", "/v1/me", "X-Request-Id: from-the-phone.1")
	problem(response, body, "unauthenticated")
	if response.Header.Get("X-Request-Id") != "from-the-phone.1" || response.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%v", response.Header)
	}
	if response, _ := get("OPTIONS", "/v1/recruitments", "Origin: https://app.freety.example", "Access-Control-Request-Method: POST"); response.Header.Get("Access-Control-Allow-Origin") != "https://app.freety.example" {
		t.Errorf("preflight: %v", response.Header)
	}
	if response, _ := get("GET", "/ping", "Origin: https://evil.example"); response.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %v", response.Header)
	}
}

func TestOnlyHTTPSIsAskedFor(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{"https://api.freety.example": "max-age=31536000", "http://127.0.0.1:8080": ""} {
		s := routestest.New(t, func(d *routes.Deps, _ *[]routestest.Register) { d.PublicURL = url })
		for _, path := range []string{"/ping", "/docs", "/nowhere"} {
			if got := s.Anyone().Get(path).Header.Get("Strict-Transport-Security"); got != want {
				t.Errorf("%s%s: %q, want %q", url, path, got, want)
			}
		}
	}
}
