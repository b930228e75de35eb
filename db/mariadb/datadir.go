package mariadb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// newPrefix begins the name of a data folder that is not complete yet.
const newPrefix = "data.new-"

// install makes the data folder with the system tables if there is none. It does not use mariadb-install-db, which
// takes ten times as long for help texts nobody reads, needs a program of another package, and as root changes the
// owner of files outside the data folder. The child inherits alive.
func install(ctx context.Context, program, home string, alive *os.File, ephemeral bool) error {
	data := filepath.Join(home, "data")
	if err := sweep(home); err != nil {
		return err
	}
	if _, err := os.Stat(data); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	share, err := shareDir(ctx, program)
	if err != nil {
		return err
	}
	sql, err := systemTables(share)
	if err != nil {
		return err
	}
	defer closeAll(sql)

	// Renamed when complete, so that a kill in the middle leaves nothing that looks like a data folder.
	fresh, err := os.MkdirTemp(home, newPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }()

	args := append([]string{"--no-defaults", "--bootstrap", "--datadir=" + fresh, "--tmpdir=" + tmpDir(home)}, userArgs()...)
	args = append(args, "--log-warnings=0", "--enforce-storage-engine=", "--max-allowed-packet=8M", "--net-buffer-length=16K")
	args = append(args, storageArgs(ephemeral)...)
	readers := make([]io.Reader, len(sql))
	for i, part := range sql {
		readers[i] = part
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = io.MultiReader(readers...)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = 5 * time.Second
	cmd.ExtraFiles = []*os.File{alive}
	ownGroup(cmd)
	bind(cmd)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("make the data folder: %w\n%s", err, lastLines(log.Bytes()))
	}
	return os.Rename(fresh, data)
}

// sweep removes what a killed install left. The caller holds both locks, so nobody else is at work there.
func sweep(home string) error {
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), newPrefix) {
			if err := os.RemoveAll(filepath.Join(home, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// systemTables returns the SQL that fills an empty data folder, in the order in which it must run.
func systemTables(share string) (_ []io.ReadCloser, err error) {
	text := func(sql string) io.ReadCloser { return io.NopCloser(strings.NewReader(sql)) }
	// The bootstrap reads one statement a line. Socket authentication is off, because the folder's mode protects root.
	parts := []io.ReadCloser{text("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n")}
	defer func() {
		if err != nil {
			closeAll(parts)
		}
	}()
	// The star matches both the older names, mysql_…, and the newer, mariadb_….
	for _, pattern := range []string{
		"m*_system_tables.sql", "m*_performance_tables.sql", "m*_system_tables_data.sql", "maria_add_gis_sp_bootstrap.sql",
	} {
		paths, err := filepath.Glob(filepath.Join(share, pattern))
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("the installed MariaDB is incomplete: no %s in %s", pattern, share)
		}
		file, err := os.Open(paths[0])
		if err != nil {
			return nil, err
		}
		parts = append(parts, file, text("\n"))
	}
	return append(parts, text("DELETE FROM global_priv WHERE Host <> 'localhost' OR User = '';\n")), nil
}

func closeAll(parts []io.ReadCloser) {
	for _, part := range parts {
		_ = part.Close()
	}
}
