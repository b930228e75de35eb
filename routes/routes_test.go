package routes_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"freety/config"
	"freety/routes"
	"freety/routes/api"
	"freety/routes/routestest"
	"freety/routes/system"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/openapi.yaml anew")

// document is the one of the whole server in demo mode.
func document() *huma.OpenAPI {
	return routes.New(routes.Deps{
		JWTKeys: []config.JWTKey{{ID: "test", Secret: bytes.Repeat([]byte("k"), 32)}}, Log: slog.New(slog.DiscardHandler), Demo: &system.Demo{},
	}).OpenAPI()
}

func TestTheContractIsTheOneThatIsPinned(t *testing.T) {
	got, err := document().YAML()
	if err != nil {
		t.Fatal(err)
	}
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
	for path, item := range document().Paths {
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
