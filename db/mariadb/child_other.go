//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package mariadb

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

func ownedByUs(fs.FileInfo) bool { return true }

// tryLock always fails: the private MariaDB is for Linux, macOS and the BSDs only.
func tryLock(*os.File) (bool, error) {
	return false, errors.New("a private MariaDB does not run on this system; give the DSN of a database that runs elsewhere")
}
