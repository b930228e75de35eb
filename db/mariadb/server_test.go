package mariadb

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

// helperEnv makes the test binary a process that runs a server on the folder that it names, and can be killed.
const helperEnv = "FREETY_MARIADB_HELPER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		help(dir)
	}
	os.Exit(m.Run())
}

// help commits a row and waits to be killed.
func help(dir string) {
	server, err := Start(context.Background(), dir, slog.New(slog.DiscardHandler))
	if err == nil {
		var db *sql.DB
		db, err = sql.Open("mysql", server.DSN(Database))
		for _, statement := range []string{"CREATE TABLE notes (body VARCHAR(50))", "INSERT INTO notes VALUES ('안녕 🦊')"} {
			if err == nil {
				_, err = db.Exec(statement)
			}
		}
	}
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString("ready\n")
	select {}
}

func startServer(t *testing.T, dir string, opts ...Option) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real server")
	}
	server, err := Start(t.Context(), dir, slog.New(slog.NewTextHandler(t.Output(), nil)), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, server *Server) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", server.DSN(Database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func queryText(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var text string
	if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func pid(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestRestart(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []Option
	}{{"durable", nil}, {"ephemeral", []Option{Ephemeral()}}} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a folder", "데이터")
			server := startServer(t, dir, tt.opts...)
			db := open(t, server)
			mustExec(t, db, "CREATE TABLE notes (body VARCHAR(50))")
			mustExec(t, db, "INSERT INTO notes VALUES ('안녕 🦊')")
			stop(t, server)
			select {
			case <-server.Done():
			default:
				t.Error("Done is open after Stop")
			}
			stop(t, server)

			again := open(t, startServer(t, dir, tt.opts...))
			if got := queryText(t, again, "SELECT body FROM notes"); got != "안녕 🦊" {
				t.Errorf("after a restart the row is %q", got)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	db := open(t, startServer(t, dir))
	for query, want := range map[string]string{
		"SELECT @@collation_server":   "utf8mb4_unicode_520_ci",
		"SELECT @@collation_database": "utf8mb4_unicode_520_ci",
		"SELECT @@time_zone":          "+00:00",
		"SELECT @@skip_networking":    "1",
		"SELECT @@performance_schema": "0",
		"SELECT @@max_connections":    "300",
		"SELECT GROUP_CONCAT(User, '@', Host) FROM mysql.global_priv WHERE User <> 'mariadb.sys'": "root@localhost",
	} {
		if got := queryText(t, db, query); got != want {
			t.Errorf("%s = %q, want %q", query, got, want)
		}
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder has mode %v", info.Mode())
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := startServer(t, dir)
	_, err := Start(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "another server is using this data folder") {
		t.Errorf("a second server gave %v", err)
	}
	if got := queryText(t, open(t, first), "SELECT 'fine'"); got != "fine" {
		t.Errorf("the first server answers %q", got)
	}
}

func TestParentKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real server")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	helper := exec.CommandContext(t.Context(), self)
	helper.Env = append(os.Environ(), helperEnv+"="+dir)
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the helper says %q, %v", line, err)
	}
	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait()
	if runtime.GOOS == "linux" {
		for deadline := time.Now().Add(10 * time.Second); answers(filepath.Join(dir, "mariadb.sock")); {
			if time.Now().After(deadline) {
				t.Fatal("MariaDB outlives its killed parent")
			}
			time.Sleep(time.Millisecond)
		}
	}

	again := open(t, startServer(t, dir))
	if got := queryText(t, again, "SELECT body FROM notes"); got != "안녕 🦊" {
		t.Errorf("after the kill the row is %q", got)
	}
}

func TestLeftover(t *testing.T) {
	dir := t.TempDir()
	server := startServer(t, dir)
	mustExec(t, open(t, server), "CREATE TABLE notes (body VARCHAR(50))")
	stop(t, server)

	program, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	alive, err := os.OpenFile(filepath.Join(dir, "alive"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if held, err := tryLock(alive); err != nil || !held {
		t.Fatalf("after Stop the lock is free: %t, %v", held, err)
	}
	leftover := exec.CommandContext(t.Context(), program, serverArgs(dir, server.socket, false)...)
	leftover.ExtraFiles = []*os.File{alive}
	if err := leftover.Start(); err != nil {
		t.Fatal(err)
	}
	_ = alive.Close()
	ended := make(chan error, 1)
	go func() { ended <- leftover.Wait() }()
	for !answers(server.socket) {
		time.Sleep(10 * time.Millisecond)
	}

	again := open(t, startServer(t, dir))
	if got := queryText(t, again, "SELECT COUNT(*) FROM notes"); got != "0" {
		t.Errorf("beside a server left behind, the table has %s rows", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server left behind did not end well: %v", err)
	}
}

func TestDiesByItself(t *testing.T) {
	dir := t.TempDir()
	server := startServer(t, dir)
	if err := syscall.Kill(pid(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-server.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("Done stays open")
	}
	// The folder is free again, even in this process.
	startServer(t, dir)
}

func TestLongPath(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	server := startServer(t, dir)
	if !strings.HasPrefix(server.socket, os.TempDir()) || len(server.socket) > maxSocket {
		t.Errorf("the socket is %s", server.socket)
	}
	info, err := os.Stat(filepath.Dir(server.socket))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder has mode %v", info.Mode())
	}
	if got := queryText(t, open(t, server), "SELECT 'fine'"); got != "fine" {
		t.Errorf("the server answers %q", got)
	}
}

func TestSocketPath(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, odd := range []string{"/data/a@b", "/data/a(b)c", "/data/a?b=c", "/data/" + strings.Repeat("x", maxSocket)} {
		socket, err := socketPath(odd)
		if err != nil || strings.HasPrefix(socket, odd) && !usable(socket) {
			t.Errorf("the socket of %s is %s, %v", odd, socket, err)
		}
	}
	if socket, err := socketPath("/data"); err != nil || socket != "/data/mariadb.sock" {
		t.Errorf("the socket of /data is %s, %v", socket, err)
	}

	t.Setenv("TMPDIR", "/"+strings.Repeat("y", maxSocket))
	if _, err := socketPath("/data/a@b"); err == nil {
		t.Error("a temporary directory too long for a socket is accepted")
	}
}

// TestFoldersOfOthersAreRefused puts before a start what somebody else could have put there, and looks whether its mode
// has changed.
func TestFoldersOfOthersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of another owner")
	}
	t.Setenv("TMPDIR", t.TempDir())
	const somebody = 65534
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	socket, err := socketPath(long)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Dir(socket)); err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(t.TempDir(), "data")
	for dataDir, taken := range map[string]string{long: filepath.Dir(socket), short: short} {
		for name, put := range map[string]func(target string) error{
			"a symlink": func(target string) error {
				return errors.Join(os.Symlink(target, taken), os.Lchown(taken, somebody, -1))
			},
			"our symlink to a folder": func(target string) error {
				return errors.Join(os.Chown(target, somebody, -1), os.Symlink(target, taken))
			},
			"a folder": func(string) error { return errors.Join(os.Mkdir(taken, 0o755), os.Chown(taken, somebody, -1)) },
		} {
			target := t.TempDir()
			if err := errors.Join(os.Chmod(target, 0o755), put(target)); err != nil {
				t.Fatal(err)
			}
			server, err := Start(t.Context(), dataDir, slog.New(slog.DiscardHandler))
			if err == nil {
				stop(t, server)
			}
			if err == nil || !strings.Contains(err.Error(), "belongs to another user") {
				t.Errorf("%s of another user in place of %s gives %v", name, taken, err)
			}
			for _, dir := range []string{target, taken} {
				if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
					t.Errorf("%s of another user: the mode of %s has become %v, %v", name, dir, info.Mode(), err)
				}
			}
			if err := os.RemoveAll(taken); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestKilledInstall(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, newPrefix+"1", "mysql")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	startServer(t, dir)
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the half-made data folder is still there: %v", err)
	}
}

// A MariaDB that starts removes what looks like a temporary table of an earlier one.
func TestTemporaryTablesOfOthersStay(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	others := filepath.Join(os.TempDir(), "#sql-temptable-1-1-1.MAI")
	if err := os.WriteFile(others, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	startServer(t, t.TempDir(), Ephemeral())
	if _, err := os.Stat(others); err != nil {
		t.Error(err)
	}
}

func TestFailureShowsTheLog(t *testing.T) {
	dir := t.TempDir()
	stop(t, startServer(t, dir))
	if err := os.WriteFile(filepath.Join(dir, "data", "ibdata1"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "InnoDB") {
		t.Errorf("a broken data folder gives %v", err)
	}
}

func TestCancelledStart(t *testing.T) {
	dir := t.TempDir()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := Start(ctx, dir, slog.New(slog.DiscardHandler)); !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled start gives %v", err)
	}
	startServer(t, dir)
}

func TestMissing(t *testing.T) {
	for _, tt := range []struct{ goos, program, want string }{
		{"linux", "apt-get", "sudo apt-get install mariadb-server-core"},
		{"linux", "dnf", "sudo dnf install mariadb-server"},
		{"darwin", "", "brew install mariadb"},
		{"linux", "", "DSN"},
	} {
		got := installHintFor(tt.goos, func(program string) bool { return program == tt.program })
		if !strings.Contains(got, tt.want) {
			t.Errorf("on %s with %q the hint is %q", tt.goos, tt.program, got)
		}
	}
	t.Setenv("PATH", t.TempDir())
	old := places
	places = nil
	t.Cleanup(func() { places = old })
	if _, err := Start(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler)); !errors.Is(err, ErrMissing) {
		t.Errorf("without a program Start gives %v", err)
	}
}
