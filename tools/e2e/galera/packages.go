package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// packages are what a node needs besides mariadb-server-core: Galera, the
// scripts by which a node that joins is sent the data, and what those call.
var packages = []string{"galera-4", "mariadb-server", "mariadb-client-core", "rsync", "libpopt0", "lsof"}

// unpacked is the folder that holds them.
func unpacked() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "freety", "galera")
}

// unpack fetches the packages that are not there yet. Nothing is installed, so no
// service starts and nothing else of the machine changes.
func unpack(ctx context.Context) error {
	if _, err := os.Stat(unpacked()); err == nil {
		return nil
	}
	fmt.Println("unpacking", packages)
	if err := os.MkdirAll(filepath.Dir(unpacked()), 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(unpacked()), "galera.new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	download := exec.CommandContext(ctx, "apt-get", append([]string{"-qq", "download"}, packages...)...)
	download.Dir = fresh
	if text, err := download.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get download (after apt-get update?): %w: %s", err, text)
	}
	files, err := filepath.Glob(filepath.Join(fresh, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if text, err := exec.CommandContext(ctx, "dpkg-deb", "-x", file, fresh).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", file, err, text)
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	if err := receiveAsRoot(filepath.Join(fresh, "usr/bin/wsrep_sst_rsync")); err != nil {
		return err
	}
	return os.Rename(fresh, unpacked())
}

// receiveAsRoot changes the script of a node that joins. Started by root, as here,
// its rsync would become nobody, who may not write into the node's data folder.
func receiveAsRoot(script string) error {
	text, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	changed := strings.Replace(string(text), "\nread only = no\n", "\nuid = root\nread only = no\n", 1)
	if changed == string(text) {
		return fmt.Errorf("%s is not as expected", script)
	}
	return os.WriteFile(script, []byte(changed), 0o755)
}
