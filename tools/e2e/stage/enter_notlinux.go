//go:build !linux

package stage

import (
	"context"
	"errors"
)

var errNoNamespaces = errors.New("only Linux has the namespaces that keep the scenarios apart from the machine")

// Enter does not work here.
func Enter(context.Context, bool, uintptr, func(context.Context, string) error, func(context.Context, string) error) error {
	return errNoNamespaces
}

// Mount does not work here.
func Mount(string, string) error { return errNoNamespaces }
