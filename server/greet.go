package main

import (
	"fmt"
	"io"
	"net/netip"
	"net/url"

	"freety/server/demo"

	"github.com/mdp/qrterminal/v3"
)

// greet tells whoever started the server where to go next. passed says that
// nothing in the demo lies ahead any more.
func greet(stdout io.Writer, base string, isDemo, passed bool) {
	fmt.Fprintf(stdout, "\nFreety listens on %s\n\n", base)
	if isDemo {
		fmt.Fprintf(stdout, "  Demo     Anybody can sign in, read all mails and delete everything: %s/demo\n", base)
	}
	fmt.Fprintf(stdout, "  Docs     %s/docs\n", base)
	if isDemo {
		for _, who := range demo.SignIns {
			fmt.Fprintf(stdout, "  %-8s %s  password: %s\n", who.Role, who.Email, who.Password)
		}
		fmt.Fprintf(stdout, "  Mails    %s/demo/mails\n", base)
	}
	if passed {
		fmt.Fprintln(stdout, "  Note     The demo's days have passed: POST /demo/reset or tools/run --fresh makes it anew")
	}
	fmt.Fprintf(stdout, "  Try it   curl -s '%s/v1/recruitments?service=cut&limit=2'\n\n", base)
	if isOnLAN(base) {
		fmt.Fprintf(stdout, "  Phones   on the same Wi-Fi can open %s, or scan this; so can everybody else there\n\n", base)
		qrterminal.GenerateHalfBlock(base, qrterminal.L, stdout)
	}
}

// isOnLAN reports whether a URL names an address of a private network.
func isOnLAN(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsPrivate()
}
