package routes_test

import (
	"net/http"
	"strings"
	"testing"

	"freety/routes/routestest"
)

func TestAnAnswerThatIsKnownIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	first := stylist.Get("/v1/me/profile").Want(http.StatusOK)
	tag := first.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || first.Header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(strings.Join(first.Header.Values("Vary"), ","), "Authorization") {
		t.Errorf("%v", first.Header)
	}
	for _, known := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
		again := stylist.Call("GET", "/v1/me/profile", nil, "If-None-Match: "+known).Want(http.StatusNotModified)
		if len(again.Body) > 0 || again.Header.Get("ETag") != tag {
			t.Errorf("%s: %q %v", known, again.Body, again.Header)
		}
	}
	stylist.Call("GET", "/v1/me/profile", nil, `If-None-Match: "other"`).Want(http.StatusOK)
	stylist.Call("PATCH", "/v1/me/profile", `{"statusMessage": "안녕하세요"}`).Want(http.StatusOK)
	stylist.Call("GET", "/v1/me/profile", nil, "If-None-Match: "+tag).Want(http.StatusOK)
	if got := stylist.Get("/v1/recruitments/0").Header.Get("ETag"); got != "" {
		t.Errorf("a problem has the ETag %s", got)
	}
	if got := s.Anyone().Get("/v1/services").Header.Get("Cache-Control"); got != "public, max-age=3600" {
		t.Errorf("the catalogue: %s", got)
	}
}

func TestWhatIsLongIsCompressedForWhoAsks(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	for _, asked := range []string{"gzip", "zstd"} {
		long := s.Anyone().Call("GET", "/v1/regions", nil, "Accept-Encoding: "+asked)
		if long.Header.Get("Content-Encoding") != asked || len(long.Body) == 0 || long.Body[0] == '{' {
			t.Errorf("%s: %v", asked, long.Header)
		}
	}
	for path, asked := range map[string]string{"/ping": "gzip", "/v1/regions": "identity", "/photos/default-person.jpg": "gzip"} {
		if got := s.Anyone().Call("GET", path, nil, "Accept-Encoding: "+asked); got.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", path, got.Header)
		}
	}
}
