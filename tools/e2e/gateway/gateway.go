// Package gateway runs versitygw, a strict S3 server, in this process.
package gateway

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// Region is where the server says that it is.
const Region = "ap-northeast-2"

// Access and Secret are those of the account that may do everything.
const (
	Access = "root"
	Secret = "the gateway's own"
)

// Start serves S3, from folders that it makes in dir, on an address or on the path
// of a socket. There may be one in a process. Other accounts may be nil.
func Start(dir, address string, accounts auth.IAMService) (stop func(), err error) {
	objects, sidecar := Objects(dir), filepath.Join(dir, "sidecar")
	for _, d := range []string{objects, sidecar} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	// Metadata beside the objects: a temporary folder may lack extended attributes.
	storer, err := meta.NewSideCar(sidecar)
	if err != nil {
		return nil, err
	}
	backend, err := posix.New(objects, storer, posix.PosixOpts{SideCarDir: sidecar, Concurrency: 100})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: Access, RootUserSecret: Secret, Region: Region,
			Ports:          []string{address},
			MaxConnections: 200, MaxRequests: 100, MultipartMaxParts: 100,
			IAMService: accounts,
			KeepAlive:  true, Quiet: true,
		})
	}()
	network := "unix"
	if !strings.HasPrefix(address, "/") {
		network = "tcp"
	}
	for range 200 {
		conn, err := net.Dial(network, address)
		if err == nil {
			_ = conn.Close()
			return func() { cancel(); <-ended }, nil //nolint:errcheck // it ends because it is told to
		}
		select {
		case err := <-ended:
			cancel()
			return nil, fmt.Errorf("ended: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	cancel()
	return nil, fmt.Errorf("no answer on %s", address)
}

// Objects is the folder of the buckets of a server on dir.
func Objects(dir string) string { return filepath.Join(dir, "objects") }
