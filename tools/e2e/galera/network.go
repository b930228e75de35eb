package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Each node has a network namespace and two links to bridges in ours: by one the
// nodes reach each other, by the other a node's server reaches it. So a node can be
// cut off from the cluster, or from everybody.
const (
	clusterNet = "10.77.1"
	serverNet  = "10.77.2"
)

// openNetwork makes the namespaces of the nodes, within that of this process.
func openNetwork(ctx context.Context, nodes int) error {
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", "/run/netns", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mount /run/netns: %w", err)
	}
	commands := []string{"link set lo up"}
	for _, net := range []string{clusterNet, serverNet} {
		commands = append(commands, "link add "+bridge(net)+" type bridge", "addr add "+net+".254/24 dev "+bridge(net), "link set "+bridge(net)+" up")
	}
	for n := 1; n <= nodes; n++ {
		commands = append(commands, "netns add "+namespace(n), "-n "+namespace(n)+" link set lo up")
		for _, net := range []string{clusterNet, serverNet} {
			commands = append(commands,
				fmt.Sprintf("link add %s type veth peer name %s netns %s", link(net, n), bridge(net), namespace(n)),
				fmt.Sprintf("link set %s master %s up", link(net, n), bridge(net)),
				fmt.Sprintf("-n %s addr add %s.%d/24 dev %s", namespace(n), net, n, bridge(net)),
				fmt.Sprintf("-n %s link set %s up", namespace(n), bridge(net)))
		}
	}
	for _, command := range commands {
		if err := ip(ctx, command); err != nil {
			return err
		}
	}
	return nil
}

func namespace(node int) string        { return fmt.Sprintf("node%d", node) }
func bridge(net string) string         { return "net" + net[len(net)-1:] }
func link(net string, node int) string { return fmt.Sprintf("%s-%d", bridge(net), node) }

// cut takes a node's link to a net down, or up again.
func cut(ctx context.Context, net string, node int, off bool) error {
	state := "up"
	if off {
		state = "down"
	}
	return ip(ctx, "link set "+link(net, node)+" "+state)
}

func ip(ctx context.Context, arguments string) error {
	if text, err := exec.CommandContext(ctx, "ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", arguments, err, text)
	}
	return nil
}
