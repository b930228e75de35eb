// Package mariadb runs a private MariaDB server: a child process with its own data folder that only its parent
// reaches, through a unix socket.
package mariadb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Database is the database that every server has from its start.
const Database = "freety"

// maxSocket is the longest socket path in use: sockaddr_un holds 107 characters on Linux and 103 on macOS.
const maxSocket = 100

// An Option changes how a server runs.
type Option func(*options)

type options struct {
	ephemeral bool
}

// Ephemeral trades durability for speed: nothing is flushed to the disk, so a crash may cost all data. For tests.
func Ephemeral() Option {
	return func(o *options) { o.ephemeral = true }
}

// A Server is a running MariaDB. It ends with [Server.Stop] or with the process that started it, however that ends.
type Server struct {
	log      *slog.Logger
	socket   string
	process  *os.Process
	expected atomic.Bool // whether its end is expected
	killed   atomic.Bool
	done     chan struct{}
	exit     *os.ProcessState

	temporary string // the folder to remove at the end
}

// Start runs a MariaDB on the data folder dataDir, which it creates if necessary, and returns once the server
// answers and has the database [Database]. The folder becomes private to the user and is locked: a second server on
// it is refused. ctx bounds the start only. Start recovers from an earlier server that was killed.
func Start(ctx context.Context, dataDir string, log *slog.Logger, opts ...Option) (*Server, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	server, err := start(ctx, dataDir, log, o)
	if err != nil {
		return nil, fmt.Errorf("start MariaDB in %s: %w", dataDir, err)
	}
	return server, nil
}

func start(ctx context.Context, dataDir string, log *slog.Logger, o options) (_ *Server, err error) {
	program, err := Find(ctx)
	if err != nil {
		return nil, err
	}
	home, err := filepath.Abs(dataDir)
	if err != nil {
		return nil, err
	}
	if err := privateDir(home); err != nil {
		return nil, err
	}
	// One lock is for the parent and one, alive, for the child. With a single lock that the child inherits, the next
	// server could not tell a MariaDB in use, which it must leave alone, from one left behind, which it ends.
	lock, err := os.OpenFile(filepath.Join(home, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	started := false
	defer func() {
		if !started {
			_ = lock.Close()
		}
	}()
	if held, err := tryLock(lock); err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	} else if !held {
		return nil, errors.New("another server is using this data folder; stop it, or choose another folder")
	}

	socket, err := socketPath(home)
	if err != nil {
		return nil, err
	}
	alive, err := endLeftover(ctx, home, socket, log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = alive.Close() }()

	begin := time.Now()
	// Temporary files stay in our folder, where those of a killed server can be removed. In a folder that others use
	// too, a MariaDB that starts would remove their temporary tables.
	tmp := tmpDir(home)
	if err := os.RemoveAll(tmp); err != nil {
		return nil, err
	}
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return nil, err
	}
	if err := install(ctx, program, home, alive, o.ephemeral); err != nil {
		return nil, err
	}
	errorLog, err := openLog(filepath.Join(home, "error.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = errorLog.Close() }()
	logStart, err := errorLog.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}

	cmd := exec.Command(program, serverArgs(home, socket, o.ephemeral)...)
	cmd.Dir = home
	cmd.Stdout, cmd.Stderr = errorLog, errorLog
	// The child keeps the lock alive open, so that the next server can wait until it has really ended.
	cmd.ExtraFiles = []*os.File{alive}
	ownGroup(cmd)
	bind(cmd)

	s := &Server{log: log, socket: socket, done: make(chan struct{})}
	s.expected.Store(true)
	if err := s.run(cmd, func() { _ = lock.Close() }); err != nil {
		return nil, err
	}
	started = true
	if err := s.await(ctx); err != nil {
		s.kill()
		if tail := tailFrom(errorLog.Name(), logStart); tail != "" {
			err = fmt.Errorf("%w; the end of %s:\n%s", err, errorLog.Name(), tail)
		}
		return nil, err
	}
	s.expected.Store(false)
	log.Info("MariaDB runs", "folder", home, "socket", socket, "took", time.Since(begin).Round(time.Millisecond))
	return s, nil
}

func tmpDir(home string) string { return filepath.Join(home, "tmp") }

// serverArgs are the flags of the server program; what concerns a single connection is set by package db.
func serverArgs(home, socket string, ephemeral bool) []string {
	// First, or the server refuses it: an installed my.cnf must not change what we run.
	args := append([]string{"--no-defaults"}, userArgs()...)
	args = append(args,
		"--datadir="+filepath.Join(home, "data"),
		"--tmpdir="+tmpDir(home),
		"--pid-file="+filepath.Join(home, "pid"),
		"--socket="+socket,
		"--skip-networking",
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_unicode_520_ci",
		"--default-time-zone=+00:00",
		"--max-connections=300",
		"--max-allowed-packet=64M",
		"--performance-schema=OFF",
	)
	return append(args, storageArgs(ephemeral)...)
}

// storageArgs are the same when the data folder is made and when it is used; otherwise the first start makes a new log.
func storageArgs(ephemeral bool) []string {
	args := []string{"--innodb-buffer-pool-size=256M"}
	if !ephemeral {
		return append(args, "--innodb-log-file-size=96M", "--innodb-flush-log-at-trx-commit=1")
	}
	return append(args,
		"--innodb-log-file-size=32M",
		"--innodb-flush-log-at-trx-commit=0",
		"--innodb-flush-method=nosync",
		"--skip-innodb-doublewrite",
		"--skip-innodb-buffer-pool-dump-at-shutdown",
		"--skip-sync-frm",
		"--loose-debug-no-sync",
	)
}

// userArgs allow root to run the server. It does not run as the user mysql, because changing the user clears the signal
// that ends the child with its parent.
func userArgs() []string {
	if os.Geteuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

// run starts the child and watches it until its end, when it calls release.
func (s *Server) run(cmd *exec.Cmd, release func()) error {
	started := make(chan error)
	go func() {
		// The kernel ends the child with the thread that started it, so the thread must live as long as the child; as
		// it is never unlocked, it ends with this function.
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			s.process = cmd.Process
		}
		started <- err
		if err != nil {
			return
		}
		unwatch := watch(cmd.Process)
		// Its error would only repeat the state.
		_ = cmd.Wait()
		s.exit = cmd.ProcessState
		unwatch()
		if !s.expected.Load() {
			s.log.Error("MariaDB has ended by itself", "state", s.exit.String())
		}
		release()
		close(s.done)
	}()
	return <-started
}

// await returns when the server answers and has its database.
func (s *Server) await(ctx context.Context) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	// A server that was killed replays its log first, which may take minutes after many writes.
	remind := time.NewTicker(10 * time.Second)
	defer remind.Stop()
	for !answers(s.socket) {
		select {
		case <-poll.C:
		case <-remind.C:
			s.log.Info("MariaDB is still starting")
		case <-s.done:
			return fmt.Errorf("it ended at once (%s)", s.exit)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return execute(ctx, s.socket, "CREATE DATABASE IF NOT EXISTS "+Database+
		" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci")
}

// DSN is the data source name, in the form of go-sql-driver/mysql, of a database on this server; an empty name gives
// a connection without a database.
func (s *Server) DSN(database string) string { return configFor(s.socket, database).FormatDSN() }

func configFor(socket, database string) *mysql.Config {
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr, config.DBName = "root", "unix", socket, database
	return config
}

// Done returns a channel that is closed when the server process has ended, by [Server.Stop] or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server gracefully and returns when it has ended. If ctx ends before that, the server is killed,
// which loses nothing that was committed, and an error is returned. Several may call it.
func (s *Server) Stop(ctx context.Context) error {
	s.expected.Store(true)
	if err := s.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.log.Warn("MariaDB cannot be asked to stop", "error", err)
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		s.kill()
	}
	if err := s.removeTemporary(); err != nil || !s.killed.Load() {
		return err
	}
	return errors.New("MariaDB did not stop in time and was killed")
}

func (s *Server) removeTemporary() error {
	if s.temporary == "" {
		return nil
	}
	return os.RemoveAll(s.temporary)
}

func (s *Server) kill() {
	if s.process.Kill() == nil {
		s.killed.Store(true)
	}
	<-s.done
}

// endLeftover ends a server that outlived its parent, waits until none uses the folder any more, and returns the lock
// alive for the next child.
func endLeftover(ctx context.Context, home, socket string, log *slog.Logger) (_ *os.File, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("a MariaDB left behind does not end"))
	defer cancel()
	if answers(socket) {
		log.Warn("a MariaDB left behind by a killed server is being stopped", "folder", home)
		if err := execute(ctx, socket, "SHUTDOWN"); err != nil {
			log.Warn("the MariaDB left behind cannot be asked to stop", "error", err)
		}
	}
	file, err := os.OpenFile(filepath.Join(home, "alive"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		held, err := tryLock(file)
		if err == nil && held {
			break
		}
		if err == nil {
			select {
			case <-time.After(20 * time.Millisecond):
				continue
			case <-ctx.Done():
				err = context.Cause(ctx)
			}
		}
		_ = file.Close()
		return nil, err
	}
	// A socket file on which nobody listens would only confuse.
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// execute runs one statement on a connection of its own.
func execute(ctx context.Context, socket, statement string) error {
	config := configFor(socket, "")
	// Errors are returned; the driver would also print them past our log.
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// answers reports whether a server listens. It does not log in, because the driver would report each failure by itself.
func answers(socket string) bool {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// socketPath returns a path in the data folder or, if that cannot be used, in a private folder under the temporary
// directory that is named after it.
func socketPath(home string) (string, error) {
	socket := filepath.Join(home, "mariadb.sock")
	if usable(socket) {
		return socket, nil
	}
	sum := sha256.Sum256([]byte(home))
	dir := filepath.Join(os.TempDir(), "freety-"+hex.EncodeToString(sum[:8]))
	socket = filepath.Join(dir, "mariadb.sock")
	if !usable(socket) {
		return "", fmt.Errorf("the path %s is too long for a socket; choose a shorter data folder or TMPDIR", socket)
	}
	if err := privateDir(dir); err != nil {
		return "", err
	}
	return socket, nil
}

// usable reports whether a socket path is short enough and works in a DSN, where @ and ) have a meaning.
func usable(socket string) bool {
	if len(socket) > maxSocket {
		return false
	}
	config, err := mysql.ParseDSN(configFor(socket, Database).FormatDSN())
	return err == nil && config.Addr == socket && config.User == "root" && config.DBName == Database
}

// privateDir makes a folder that only its owner can enter. If somebody else has put something there first, a folder or a
// symlink to any folder, it is refused and left as it is.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, look := range []func(string) (fs.FileInfo, error){os.Lstat, os.Stat} {
		info, err := look(dir)
		if err != nil {
			return err
		}
		if !ownedByUs(info) {
			return fmt.Errorf("the folder %s belongs to another user", dir)
		}
	}
	return os.Chmod(dir, 0o700)
}

// openLog opens the server's log to append to, and begins a new one if it has grown large.
func openLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 1<<20 {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
}

// tailFrom returns the end of what was written to a log since its offset.
func tailFrom(path string, offset int64) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	offset = max(offset, info.Size()-16<<10)
	text, err := io.ReadAll(io.NewSectionReader(file, offset, info.Size()-offset))
	if err != nil {
		return ""
	}
	return lastLines(text)
}

func lastLines(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
