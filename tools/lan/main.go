// Command lan prints the address at which phones on the same network reach this
// machine.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
)

func main() {
	found, err := interfaces()
	if err == nil {
		var addresses []netip.Addr
		if addresses, err = choose(found); err == nil {
			if others := addresses[1:]; len(others) > 0 {
				fmt.Fprintf(os.Stderr, "This machine is in several networks; for another one, start without --lan and with FREETY_ADDR and one of %v\n", others)
			}
			fmt.Println(addresses[0])
			return
		}
	}
	fmt.Fprintln(os.Stderr, "lan:", err)
	os.Exit(1)
}

// link is one of this machine's network interfaces.
type link struct {
	name      string
	flags     net.Flags
	addresses []netip.Prefix
}

func interfaces() (links []link, err error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range all {
		l := link{name: i.Name, flags: i.Flags}
		addresses, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		for _, address := range addresses {
			if prefix, err := netip.ParsePrefix(address.String()); err == nil {
				l.addresses = append(l.addresses, prefix)
			}
		}
		links = append(links, l)
	}
	return links, nil
}

// virtual finds the networks that containers and virtual machines have on one machine.
var virtual = regexp.MustCompile(`^(docker|br-|bridge|veth|virbr|vmnet|vboxnet|vEthernet|cni|podman|lxc|lxd)`)

var errNone = errors.New("this machine is in no private IPv4 network that phones could be in too; connect it to the Wi-Fi")

// choose returns the private IPv4 addresses of real networks, in the system's order.
func choose(links []link) (found []netip.Addr, err error) {
	for _, l := range links {
		// A tunnel, which connects two ends, leads elsewhere.
		if l.flags&net.FlagUp == 0 || l.flags&(net.FlagLoopback|net.FlagPointToPoint) != 0 || virtual.MatchString(l.name) {
			continue
		}
		for _, prefix := range l.addresses {
			if address := prefix.Addr().Unmap(); address.Is4() && address.IsPrivate() {
				found = append(found, address)
			}
		}
	}
	if len(found) == 0 {
		return nil, errNone
	}
	return found, nil
}
