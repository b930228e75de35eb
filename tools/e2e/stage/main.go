package stage

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Program is a command that plays scenarios.
type Program struct {
	Name       string
	Quick      string        // what the flag -quick does
	Longest    time.Duration // that it may take
	Namespaces uintptr       // that Enter makes besides its own
	Prepare    func(ctx context.Context, work string) error
	Play       func(ctx context.Context, work string, quick bool, only string) error
}

// Main reads the flags, runs the program by Enter, and ends the process if it fails.
func (p Program) Main() {
	if err := p.run(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		os.Exit(1)
	}
}

func (p Program) run() error {
	quick := flag.Bool("quick", false, p.Quick)
	only := flag.String("only", "", "only the scenarios whose names match this expression")
	keep := flag.Bool("keep", false, "keep the work folder, with all logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, p.Longest)
	defer cancel()
	return Enter(ctx, *keep, p.Namespaces, p.Prepare, func(ctx context.Context, work string) error { return p.Play(ctx, work, *quick, *only) })
}

// Rest waits so long, or until ctx ends, whose error it returns.
func Rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
