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
