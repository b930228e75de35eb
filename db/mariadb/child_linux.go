package mariadb

import (
	"os"
	"os/exec"
	"syscall"
)

// bind lets the kernel kill the child with the thread that starts it. The child is not asked to stop, because one that
// does not react would keep its folder for ever, and what was committed is safe.
func bind(cmd *exec.Cmd) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// watch is for systems where bind does nothing.
func watch(*os.Process) (stop func()) { return func() {} }
