package main

import (
	"fmt"
	"io"

	"freety/server/demo"
)

// greet tells whoever started the server where to go next.
func greet(stdout io.Writer, url string, isDemo bool) {
	fmt.Fprintf(stdout, "\nFreety listens on %s\n\n  Docs     %s/docs\n", url, url)
	if isDemo {
		fmt.Fprintf(stdout, "  Stylist  %s  password: %s\n  Model    %s  password: %s\n  Mails    %s/demo/mails\n", demo.StylistEmail, demo.Password, demo.ModelEmail, demo.Password, url)
	}
	fmt.Fprintf(stdout, "  Try it   curl -s '%s/v1/recruitments?service=cut&limit=2'\n\n", url)
}
