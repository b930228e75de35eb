package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"freety/db"
	"freety/db/mariadb"
	"freety/tools/e2e/stage"

	"github.com/go-sql-driver/mysql"
)

const (
	nodeCount = 3
	user      = "freety"
	password  = "galera"
	joinTime  = 2 * time.Minute
)

// node is one MariaDB of the cluster.
type node struct {
	number  int
	dir     string
	program string
	process *exec.Cmd
	ended   chan struct{}
}

// seed makes the data folder that the first node begins with: a private MariaDB
// makes one, with a user who may come from outside.
func seed(ctx context.Context, dir string) error {
	private, err := mariadb.Start(ctx, dir, slog.New(slog.DiscardHandler), mariadb.Ephemeral())
	if err != nil {
		return err
	}
	err = func() error {
		d, err := db.Open(ctx, private.DSN(mariadb.Database))
		if err != nil {
			return err
		}
		defer func() { _ = d.Close() }()
		for _, statement := range []string{
			fmt.Sprintf("CREATE USER %s@'%%' IDENTIFIED BY '%s'", user, password),
			fmt.Sprintf("GRANT ALL ON *.* TO %s@'%%'", user),
		} {
			if _, err := d.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}()
	return errors.Join(err, private.Stop(ctx))
}

func (n *node) dsn() string {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = user, password, "tcp", fmt.Sprintf("%s.%d:3306", serverNet, n.number), mariadb.Database
	return cfg.FormatDSN()
}

func (n *node) data() string { return filepath.Join(n.dir, "data") }

// configure writes the node's option file, which the scripts of its packages read too.
func (n *node) configure() error {
	own := fmt.Sprintf("%s.%d", clusterNet, n.number)
	members := ""
	for i := 1; i <= nodeCount; i++ {
		members += fmt.Sprintf("%s.%d,", clusterNet, i)
	}
	text := fmt.Sprintf(`[mysqld]
user = root
datadir = %[1]s/data
tmpdir = %[1]s
socket = %[1]s/socket
pid-file = %[1]s/pid
log-error = %[1]s/error.log
bind-address = 0.0.0.0
skip-name-resolve
binlog-format = ROW
innodb-autoinc-lock-mode = 2
innodb-buffer-pool-size = 64M
innodb-log-file-size = 32M
# What is written survives a killed process; only a machine that fails needs more.
innodb-flush-log-at-trx-commit = 2
wsrep-on = ON
wsrep-provider = %[2]s/usr/lib/galera/libgalera_smm.so
wsrep-provider-options = "gmcast.listen_addr=tcp://%[3]s:4567; ist.recv_addr=%[3]s; gcache.size=64M"
wsrep-cluster-name = freety
wsrep-cluster-address = gcomm://%[4]s
wsrep-node-name = node%[5]d
wsrep-node-address = %[3]s
wsrep-sst-method = rsync
`, n.dir, unpacked(), own, members[:len(members)-1], n.number)
	return os.WriteFile(filepath.Join(n.dir, "my.cnf"), []byte(text), 0o600)
}

func (n *node) command(arguments ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", namespace(n.number), n.program, "--defaults-file=" + filepath.Join(n.dir, "my.cnf")}, arguments...)...)
	cmd.Env = append(os.Environ(), "PATH="+unpacked()+"/usr/bin:"+os.Getenv("PATH"), "LD_LIBRARY_PATH="+unpacked()+"/usr/lib/x86_64-linux-gnu")
	return cmd
}

var position = regexp.MustCompile(`Recovered position: (\S+)\n`)

// recover asks the node's data for its last transaction.
func (n *node) recover(ctx context.Context) (string, error) {
	report := filepath.Join(n.dir, "recover.log")
	if err := os.RemoveAll(report); err != nil {
		return "", err
	}
	asked := n.command("--wsrep-recover", "--skip-networking", "--log-error="+report)
	if err := asked.Start(); err != nil {
		return "", err
	}
	// Its own end is not waited for: MariaDB 10.11.19 sometimes hangs there and eats all memory.
	defer func() {
		_ = asked.Process.Kill()
		_ = asked.Wait()
	}()
	for begin := time.Now(); time.Since(begin) < joinTime; {
		if text, err := os.ReadFile(report); err == nil {
			if at := position.FindSubmatch(text); at != nil {
				return string(at[1]), nil
			}
		}
		if err := stage.Rest(ctx, 50*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("node %d: no position; see %s", n.number, report)
}

// start runs the node, as the first of a new cluster if found, else as one that
// joins, and returns when it takes statements.
func (n *node) start(ctx context.Context, found bool) error {
	var arguments []string
	if found {
		arguments = append(arguments, "--wsrep-new-cluster")
	} else if _, err := os.Stat(filepath.Join(n.data(), "ibdata1")); err == nil {
		// As systemd's unit does: where a node that was killed stands, so that it is sent only what it missed.
		at, err := n.recover(ctx)
		if err != nil {
			return err
		}
		arguments = append(arguments, "--wsrep-start-position="+at)
	}
	n.process = n.command(arguments...)
	n.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := n.process.Start(); err != nil {
		return err
	}
	n.ended = make(chan struct{})
	go func(process *exec.Cmd, ended chan struct{}) {
		_ = process.Wait()
		close(ended)
	}(n.process, n.ended)
	return n.joined(ctx)
}

// joined waits until the node is in the cluster, has what the others have, and
// takes statements.
func (n *node) joined(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	for {
		err := n.synced(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-n.ended:
			return fmt.Errorf("node %d has ended; see %s", n.number, filepath.Join(n.dir, "error.log"))
		case <-ctx.Done():
			return fmt.Errorf("node %d does not join: %w", n.number, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (n *node) synced(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	d, err := db.Open(ctx, n.dsn())
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	for name, want := range map[string]string{"wsrep_ready": "ON", "wsrep_local_state_comment": "Synced"} {
		var is string
		if err := d.QueryRowContext(ctx, "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = ?", name).Scan(&is); err != nil {
			return err
		} else if is != want {
			return fmt.Errorf("%s is %s", name, is)
		}
	}
	return nil
}

// signal sends a signal to the node and what it runs.
func (n *node) signal(s syscall.Signal) error { return syscall.Kill(-n.process.Process.Pid, s) }

func (n *node) kill() error {
	err := n.signal(syscall.SIGKILL)
	<-n.ended
	return err
}
