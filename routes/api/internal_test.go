package api

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"freety/config"

	"golang.org/x/text/unicode/norm"
)

func TestALimitCountsTheClientThatATrustedProxyNames(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		remote, forwarded, want string
	}{
		{"203.0.113.7:5000", "", "203.0.113.7"},
		{"203.0.113.7:5000", "198.51.100.1", "203.0.113.7"}, // not from a proxy of ours
		{"10.1.2.3:5000", "198.51.100.1", "198.51.100.1"},
		{"10.1.2.3:5000", "192.0.2.66, 198.51.100.1", "198.51.100.1"}, // the first is what the client wrote
		{"10.1.2.3:5000", "192.0.2.66, 198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.1.2.3:5000", "198.51.100.1:4711", "198.51.100.1"},
		{"10.1.2.3:5000", "[2001:db8:1:2::9]", "2001:db8:1:2::/64"},
		{"10.1.2.3:5000", "[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"},
		{"10.1.2.3:5000", "", "10.1.2.3"},
		{"10.1.2.3:5000", "nonsense", "10.1.2.3"},
		{"[2001:db8:1:2:3:4:5:6]:5000", "", "2001:db8:1:2::/64"},
		{"[::ffff:203.0.113.7]:5000", "", "203.0.113.7"},
		{"pipe", "", "pipe"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := clientNetwork(r, trusted); got != c.want {
			t.Errorf("%s forwarded for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestRetryAfterIsWhenTheNextRequestIsAdmitted(t *testing.T) {
	for _, set := range []config.Limit{{Requests: 1, Per: time.Minute}, {Requests: 60, Per: time.Minute}, {Requests: 7, Per: time.Hour}, {Requests: 3, Per: time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimit(set)
			refused := func() bool { return l.limiter.OnLimit(nil, &http.Request{}, "caller") }
			for range 5 * set.Requests {
				// At times that fall everywhere into a window.
				time.Sleep(set.Per / time.Duration(3*set.Requests+1))
				for !refused() {
				}
				wait := l.wait("caller", time.Now())
				if wait <= 0 || wait > 2*set.Per {
					t.Fatalf("%v: wait %s", set, wait)
				}
				time.Sleep(wait - time.Nanosecond)
				if wait > time.Millisecond && !refused() {
					t.Fatalf("%v: admitted before the wait of %s was over", set, wait)
				}
				time.Sleep(time.Microsecond)
				if refused() {
					t.Fatalf("%v: refused after a wait of %s", set, wait)
				}
			}
		})
	}
}

func TestOnlyWholeNumbersAreWrittenWhole(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5", "5.0": "5", "-5.000": "-5", "1e3": "1000", "1.5e1": "15", "5.5": "5.5", "4.9999999999999999999": "4.9999999999999999999",
		"5.0000000000000000001": "5.0000000000000000001", "1e-400": "1e-400", "0e9": "0", "1e400": "1e400", "1e300": "1e300",
	} {
		if got := wholeNumber(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzCanonicalJSONMeansTheSame(f *testing.F) {
	for _, seed := range []string{`{"a": [1, 2.0, -1e3, 0.5, "\u1100\u1161", null, true], "b": {}}`, `{"a": 1, "a": 2}`, `[`, `1 2`, `"\ud800"`, `1e400`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		canonical, err := canonicalJSON([]byte(text))
		if err != nil {
			return
		}
		var before, after any
		if err := json.Unmarshal(canonical, &after); err != nil {
			if json.Unmarshal([]byte(text), &before) == nil {
				t.Fatalf("%q became %q: %v", text, canonical, err)
			}
			return
		}
		again, err := canonicalJSON(canonical)
		if err != nil || string(again) != string(canonical) {
			t.Errorf("%q became %q, and that %q: %v", text, canonical, again, err)
		}
	})
}

func TestComposeRemovesWhatControls(t *testing.T) {
	for text, want := range map[string]string{
		"안녕\r\n\t하세요\x00\x1b[31m\u0085":                                                                     "안녕\n\t하세요[31m",
		"a\u202ecba\u202c \u200eb\u2066c\u2069\u061c\u200f":                                                 "acba bc",
		"👩\u200d👩\u200d👧 ❤\ufe0f \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0915\u094d\u200d\u0937": "👩\u200d👩\u200d👧 ❤\ufe0f \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0915\u094d\u200d\u0937",
		"\u110e\u1165\u202e\u11ba":                                                                          "첫",
	} {
		if got := compose(text); got != want {
			t.Errorf("%+q became %+q, want %+q", text, got, want)
		}
	}
}

func FuzzComposeKeepsWhatShows(f *testing.F) {
	for _, seed := range []string{"\u1100\u202e\u1161\n", "👩\u200d👧\u0000", "\xff\u200f", strings.Repeat("\u0301", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := compose(text)
		if again := compose(got); again != got || !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) {
			t.Errorf("%+q became %+q, and that %+q", text, got, again)
		}
		for _, r := range got {
			if unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Errorf("%+q became %+q", text, got)
			}
		}
		for _, joiner := range []string{"\u200c", "\u200d", "\n", "\t", "x"} {
			if strings.Count(text, joiner) != strings.Count(got, joiner) {
				t.Errorf("%+q became %+q: %+q is lost", text, got, joiner)
			}
		}
		if strings.ToValidUTF8(norm.NFC.String(text), "\ufffd") == text && !strings.ContainsFunc(text, controls) && got != text {
			t.Errorf("%+q became %+q", text, got)
		}
	})
}

// TestANameShows goes through all of Unicode.
func TestANameShows(t *testing.T) {
	shown := regexp.MustCompile(shows)
	ignorable := []*unicode.RangeTable{
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Cf, unicode.Cc, unicode.Z, unicode.White_Space,
	}
	for r := range rune(unicode.MaxRune + 1) {
		if unicode.In(r, ignorable...) && shown.MatchString(string(r)) {
			t.Errorf("%U alone is taken for a name", r)
		}
		if unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.Sm, unicode.Sc, unicode.Sk) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !shown.MatchString(string(r)) {
			t.Errorf("%U is refused as a name", r)
		}
	}
	for _, name := range []string{"\u3164", "\u115f\u1160", "\uffa0", "\u2800\u2800", "\ufe0f\u200d", " ", ""} {
		if shown.MatchString(name) {
			t.Errorf("%+q is taken for a name", name)
		}
	}
	for _, name := range []string{"김하늘", "\u3164a", "👩\u200d👧", "…", "\u115f\u1161", "\u2801"} {
		if !shown.MatchString(name) {
			t.Errorf("%+q is refused", name)
		}
	}
}

type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.Unix(0, 0) }

func TestAPOSTThatDoesNotClaimItsKeyIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := New(Config{Clock: fixedClock{}, Log: slog.New(slog.NewTextHandler(&log, nil)), Authenticate: func(context.Context, string) (Caller, error) {
		return Caller{AccountID: 1, SessionID: 1, Role: Model}, nil
	}})
	Post(a, "/forgotten", SignedIn, "forgotten", "", func(context.Context, *None) (*None, error) { return nil, nil })
	Post(a, "/not-idempotent", SignedIn, "notIdempotent", "", func(context.Context, *None) (*None, error) { return nil, nil }, NotIdempotent())
	for path, want := range map[string]bool{"/forgotten": true, "/not-idempotent": false} {
		log.Reset()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil)
		request.Header.Set("Authorization", "Bearer good")
		answer := httptest.NewRecorder()
		a.Handler().ServeHTTP(answer, request)
		if answer.Code != http.StatusNoContent || strings.Contains(log.String(), NotClaimed) != want {
			t.Errorf("%s: %d, %s", path, answer.Code, &log)
		}
	}
}
