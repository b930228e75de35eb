package main

import (
	"fmt"
	"io"

	"freety/server/demo"
)

// greet tells whoever started the server where to go next. passed says that
// nothing in the demo lies ahead any more.
func greet(stdout io.Writer, url string, isDemo, passed bool) {
	fmt.Fprintf(stdout, "\nFreety listens on %s\n\n", url)
	if isDemo {
		fmt.Fprintf(stdout, "  Demo     Anybody can sign in, read all mails and delete everything: %s/demo\n", url)
	}
	fmt.Fprintf(stdout, "  Docs     %s/docs\n", url)
	if isDemo {
		for _, who := range demo.SignIns {
			fmt.Fprintf(stdout, "  %-8s %s  password: %s\n", who.Role, who.Email, who.Password)
		}
		fmt.Fprintf(stdout, "  Mails    %s/demo/mails\n", url)
	}
	if passed {
		fmt.Fprintln(stdout, "  Note     The demo's days have passed: POST /demo/reset or tools/run --fresh makes it anew")
	}
	fmt.Fprintf(stdout, "  Try it   curl -s '%s/v1/recruitments?service=cut&limit=2'\n\n", url)
}
