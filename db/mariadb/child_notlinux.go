//go:build !linux

package mariadb

import (
	"os"
	"os/exec"
	"strconv"
)

// bind does nothing, because the kernel cannot do this here; watch does it instead, as well as it can.
func bind(*exec.Cmd) {}

// watch ends the child when this process ends: a shell waits for the end of a pipe that only this process holds open.
// The returned function ends the watch, so that the shell does not kill a later process with the same id.
func watch(child *os.Process) (stop func()) {
	read, write, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	shell := exec.Command("sh", "-c", `read -r _; kill -9 "$0"`, strconv.Itoa(child.Pid))
	shell.Stdin = read
	ownGroup(shell)
	err = shell.Start()
	_ = read.Close()
	if err != nil {
		_ = write.Close()
		return func() {}
	}
	return func() {
		_ = shell.Process.Kill()
		_ = shell.Wait()
		_ = write.Close()
	}
}
