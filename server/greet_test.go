package main

import (
	"strings"
	"testing"
)

func TestTheGreetingTellsThatTheDemoHasPassed(t *testing.T) {
	for _, passed := range []bool{false, true} {
		var out strings.Builder
		greet(&out, "http://127.0.0.1:8080", true, passed)
		if told := strings.Contains(out.String(), "The demo's days have passed: POST /demo/reset or tools/run --fresh makes it anew\n"); told != passed {
			t.Errorf("passed %t: %s", passed, out.String())
		}
	}
}

func TestAnAddressForPhonesIsShownAsAQRCode(t *testing.T) {
	for url, want := range map[string]bool{
		"http://192.168.0.23:8080": true, "http://10.0.0.5": true,
		"http://127.0.0.1:8080": false, "http://localhost:8080": false, "https://api.freety.example": false, "http://203.0.113.7": false,
	} {
		var out strings.Builder
		greet(&out, url, true, false)
		says := strings.Contains(out.String(), "Phones   on the same Wi-Fi can open "+url+",")
		if code := strings.Count(out.String(), "█████████████\n") > 1; says != want || code != want {
			t.Errorf("%s: %s", url, out.String())
		}
	}
}
