package mariadb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const temporaryPrefix = "freety-test-"

// StartTemporary starts an [Ephemeral] server on a folder of its own, which [Server.Stop] removes. If a process ends
// without Stop, its server ends too, and the next StartTemporary removes the folder.
func StartTemporary(ctx context.Context, log *slog.Logger) (*Server, error) {
	base := os.TempDir()
	// In memory if there is such a folder, because a temporary directory may be on a slow disk.
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	sweepTemporary(base)
	dir, err := os.MkdirTemp(base, fmt.Sprintf("%s%d-", temporaryPrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	server, err := Start(ctx, dir, log, Ephemeral())
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	server.temporary = dir
	return server, nil
}

// sweepTemporary removes the folders of processes that are gone. What it cannot remove belongs to another user.
func sweepTemporary(base string) {
	dirs, err := filepath.Glob(filepath.Join(base, temporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		name := strings.TrimPrefix(filepath.Base(dir), temporaryPrefix)
		owner, _, _ := strings.Cut(name, "-")
		if pid, err := strconv.Atoi(owner); err == nil && gone(pid) {
			_ = os.RemoveAll(dir)
		}
	}
}

func gone(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
