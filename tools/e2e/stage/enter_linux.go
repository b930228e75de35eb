package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// inside is set in the process that runs in the namespaces; it is the work folder.
const inside = "FREETY_STAGE_WORK"

// Enter runs prepare with a new work folder, and then play in the same program,
// started again in namespaces of processes and mounts, and in others that are
// asked for: what play starts and mounts is in them, and ends with it. keep leaves
// the folder, with all logs.
func Enter(ctx context.Context, keep bool, namespaces uintptr, prepare, play func(ctx context.Context, work string) error) error {
	if work := os.Getenv(inside); work != "" {
		if err := settle(); err != nil {
			return err
		}
		return play(ctx, work)
	}
	work, err := os.MkdirTemp("", "stage")
	if err != nil {
		return err
	}
	if keep {
		fmt.Println("all logs stay in", work)
	} else {
		defer func() { _ = os.RemoveAll(work) }()
	}
	if err := prepare(ctx, work); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	again := exec.Command(self, os.Args[1:]...)
	again.Env = append(os.Environ(), inside+"="+work)
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | namespaces, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		// Only in a namespace of users is everybody root.
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	runtime.LockOSThread() // Pdeathsig is about the thread
	defer runtime.UnlockOSThread()
	if err := again.Start(); err != nil {
		return fmt.Errorf("make the namespaces: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = again.Process.Signal(syscall.SIGTERM) })()
	var exit *exec.ExitError
	if err := again.Wait(); errors.As(err, &exit) {
		return errors.New("not everything held")
	} else if err != nil {
		return err
	}
	return nil
}

// Mount makes a disk in memory, of a size such as 256m, in a folder that it makes.
// It is for what runs in namespaces of its own.
func Mount(dir, size string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		return fmt.Errorf("mount %s: %w", dir, err)
	}
	return nil
}

func settle() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}
