package routes_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"freety/routes/routestest"
)

func TestAnAnswerThatIsKnownIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	if tag := stylist.Get("/v1/me").Want(http.StatusOK).Header.Get("ETag"); !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("what cannot be patched has the ETag %s", tag)
	}
	first := stylist.Get("/v1/me/profile").Want(http.StatusOK)
	tag := first.Header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) || first.Header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(strings.Join(first.Header.Values("Vary"), ","), "Authorization") {
		t.Errorf("%v", first.Header)
	}
	for _, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
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

// A strong ETag names bytes, and those of a compressed answer are others.
func TestTheStrongETagsOfTheCodingsDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, routestest.New(t), "open", "")
	owner, path := w.callers["owner"], w.fill("/v1/recruitments/{id}")
	owner.Call("PATCH", path, object{"body": strings.Repeat("연습 모델을 찾습니다. ", 100)}).Want(http.StatusOK)
	get := func(coding string, headers ...string) routestest.Answer {
		return owner.Call("GET", path, nil, append(headers, "Accept-Encoding: "+coding)...)
	}
	tags := map[string]string{}
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		first := get(coding).Want(http.StatusOK)
		tag := first.Header.Get("ETag")
		if other, ok := tags[tag]; ok || (first.Header.Get("Content-Encoding") == "") != (coding == "identity") {
			t.Errorf("%s has the ETag of %q: %v", coding, other, first.Header)
		}
		tags[tag] = coding
		for range 20 {
			if again := get(coding); again.Header.Get("ETag") != tag || !bytes.Equal(again.Body, first.Body) {
				t.Fatalf("%s: the same again is %s, was %s", coding, again.Header.Get("ETag"), tag)
			}
		}
		known := get(coding, "If-None-Match: "+tag).Want(http.StatusNotModified)
		if known.Header.Get("ETag") != tag || known.Header.Get("Content-Encoding") != "" || len(known.Body) > 0 || !strings.Contains(strings.Join(known.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: %v", coding, known.Header)
		}
		// What is patched is the same whichever of them was read.
		patchIf(owner, path, tag, object{"fee": 0}).Want(http.StatusOK)
	}
	for tag, coding := range tags {
		for _, other := range []string{"identity", "gzip", "zstd"} {
			if got := get(other, "If-None-Match: "+tag); (got.Status == http.StatusNotModified) != (other == coding) {
				t.Errorf("%s with the ETag of %s: %d", other, coding, got.Status)
			}
		}
	}
}
