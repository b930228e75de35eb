package mariadb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// places are folders into which packages put the server program although they may not be on the PATH.
var places = []string{
	"/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin",
	"/opt/homebrew/bin", "/opt/homebrew/opt/mariadb/bin", "/usr/local/opt/mariadb/bin", "/usr/local/mysql/bin",
}

// ErrMissing says that no MariaDB server program is installed; its text names the command that installs one.
var ErrMissing = errors.New("the MariaDB server program (mariadbd) is not installed: " + installHint())

// installHint returns what to do on this platform.
func installHint() string {
	return installHintFor(runtime.GOOS, func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
}

func installHintFor(goos string, has func(program string) bool) string {
	switch {
	case goos == "darwin":
		return "run `brew install mariadb`"
	case has("apt-get"):
		return "run `sudo apt-get install mariadb-server-core`"
	case has("dnf"):
		return "run `sudo dnf install mariadb-server`"
	case has("apk"):
		return "run `sudo apk add mariadb`"
	case has("pacman"):
		return "run `sudo pacman -S mariadb`"
	}
	return "install MariaDB 10.11 or newer, or give the DSN of a database that runs elsewhere"
}

// Find returns the path of the MariaDB server program, or an error that wraps [ErrMissing].
func Find(ctx context.Context) (string, error) {
	for _, name := range []string{"mariadbd", "mysqld"} {
		candidates := []string{}
		if path, err := exec.LookPath(name); err == nil {
			candidates = append(candidates, path)
		}
		for _, place := range places {
			candidates = append(candidates, filepath.Join(place, name))
		}
		for _, path := range candidates {
			if info, err := os.Stat(path); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
				continue
			}
			// Older MariaDB calls itself mysqld, and so does MySQL, which would refuse our options.
			if name == "mysqld" && !isMariaDB(ctx, path) {
				continue
			}
			return path, nil
		}
	}
	return "", ErrMissing
}

func isMariaDB(ctx context.Context, program string) bool {
	out, err := exec.CommandContext(ctx, program, "--no-defaults", "--version").Output()
	return err == nil && strings.Contains(string(out), "MariaDB")
}

// shareDir returns the folder with the SQL files of the system tables, as the server program names it.
func shareDir(ctx context.Context, program string) (string, error) {
	args := append([]string{"--no-defaults"}, userArgs()...)
	out, err := exec.CommandContext(ctx, program, append(args, "--verbose", "--help")...).Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its folders: %w", program, err)
	}
	for line := range strings.Lines(string(out)) {
		if dir, found := strings.CutPrefix(line, "character-sets-dir "); found {
			return filepath.Dir(strings.TrimRight(strings.TrimSpace(dir), "/")), nil
		}
	}
	return "", fmt.Errorf("%s does not say where its files are", program)
}
