package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
)

func TestThePhonesNetworkIsChosen(t *testing.T) {
	const up = net.FlagUp | net.FlagBroadcast
	of := func(name string, flags net.Flags, addresses ...string) link {
		l := link{name: name, flags: flags}
		for _, address := range addresses {
			l.addresses = append(l.addresses, netip.MustParsePrefix(address))
		}
		return l
	}
	loopback := of("lo", net.FlagUp|net.FlagLoopback, "127.0.0.1/8", "10.1.1.1/8")
	wifi := of("wlan0", up, "fe80::1/64", "192.168.0.23/24", "2001:db8::7/64")
	for _, c := range []struct {
		what  string
		links []link
		want  string
	}{
		{"Wi-Fi", []link{loopback, wifi}, "[192.168.0.23]"},
		{"containers", []link{loopback, of("docker0", up, "172.17.0.1/16"), of("br-1f", up, "172.18.0.1/16"), wifi}, "[192.168.0.23]"},
		{"a tunnel", []link{of("utun3", up|net.FlagPointToPoint, "10.8.0.2/32"), wifi}, "[192.168.0.23]"},
		{"a cable that is out", []link{of("eth0", net.FlagBroadcast, "192.168.0.7/24"), wifi}, "[192.168.0.23]"},
		{"a public address", []link{of("eth0", up, "203.0.113.7/24"), wifi}, "[192.168.0.23]"},
		{"two networks", []link{of("en0", up, "10.0.0.5/8"), wifi}, "[10.0.0.5 192.168.0.23]"},
		{"an address as some systems write it", []link{of("en0", up, "::ffff:10.0.0.5/104")}, "[10.0.0.5]"},
	} {
		got, err := choose(c.links)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, %v", c.what, got, err)
		}
	}
	for _, links := range [][]link{nil, {loopback}, {of("eth0", up, "203.0.113.7/24", "fe80::1/64")}, {of("docker0", up, "172.17.0.1/16")}} {
		if got, err := choose(links); !errors.Is(err, errNone) {
			t.Errorf("%v: %v, %v", links, got, err)
		}
	}
}

func TestThisMachinesInterfacesAreRead(t *testing.T) {
	links, err := interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		for _, prefix := range l.addresses {
			if prefix.Addr() == netip.MustParseAddr("127.0.0.1") && l.flags&net.FlagLoopback != 0 {
				return
			}
		}
	}
	t.Errorf("no loopback in %+v", links)
}
