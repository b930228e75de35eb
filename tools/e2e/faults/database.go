package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"freety/db/mariadb"
	"freety/tools/e2e/stage"

	"github.com/go-sql-driver/mysql"
)

// The databases' disks are in memory: that only processes fail is tried here.
const (
	largeDisk = "4g"
	smallDisk = "256m"
)

// database is a MariaDB that can be killed, stopped and started again.
type database struct {
	dir    string
	server *mariadb.Server
	root   *sql.DB     // a single connection, for which there is always room
	crowd  []*sql.Conn // that takes up the room of others
}

// newDatabase starts one on a disk in memory of that size.
func newDatabase(ctx context.Context, s *stage.Stage, size string) (*database, error) {
	disk := filepath.Join(s.Work, "database")
	if err := stage.Mount(disk, size); err != nil {
		return nil, err
	}
	b := &database{dir: filepath.Join(disk, "mariadb")}
	if err := b.start(ctx); err != nil {
		return nil, err
	}
	// Not root, who may write to a database that is read-only, and comes in when it is full.
	return b, b.run(ctx, "CREATE USER freety@localhost", "CREATE USER crowd@localhost", "GRANT ALL ON *.* TO freety@localhost",
		"REVOKE SUPER, READ_ONLY ADMIN, CONNECTION ADMIN ON *.* FROM freety@localhost")
}

func (b *database) start(ctx context.Context) (err error) {
	if b.server, err = mariadb.Start(ctx, b.dir, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if b.root, err = sql.Open("mysql", b.server.DSN(mariadb.Database)); err != nil {
		return err
	}
	b.root.SetMaxOpenConns(1)
	return nil
}

func (b *database) signal(signal syscall.Signal) error {
	text, err := os.ReadFile(filepath.Join(b.dir, "pid"))
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, signal)
}

func (b *database) kill(context.Context) error {
	err := b.signal(syscall.SIGKILL)
	<-b.server.Done()
	return err
}

// run runs statements as root.
func (b *database) run(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := b.root.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (b *database) socket() (string, error) {
	cfg, err := mysql.ParseDSN(b.server.DSN(""))
	if err != nil {
		return "", err
	}
	return cfg.Addr, nil
}

// dsn is how a server reaches a database of that name.
func (b *database) dsn(name string) string {
	socket, err := b.socket()
	if err != nil {
		panic(err) // package mariadb can write a DSN
	}
	return dsn(socket, name)
}

func dsn(socket, name string) string { return dsnOf("freety", socket, name) }

func dsnOf(user, socket, name string) string {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = user, "unix", socket, name
	return cfg.FormatDSN()
}

// empty makes an empty database of that name.
func (b *database) empty(ctx context.Context, name string) error {
	return b.run(ctx, "DROP DATABASE IF EXISTS "+name, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci")
}

func (b *database) filler() string { return filepath.Join(b.dir, "filler") }

// fill leaves nothing of the disk.
func (b *database) fill(context.Context) error {
	file, err := os.Create(b.filler())
	if err != nil {
		return err
	}
	block := make([]byte, 1<<12)
	for err == nil {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

// unfill makes room again, and starts the database if it gave up meanwhile.
func (b *database) unfill(ctx context.Context) error {
	if err := os.Remove(b.filler()); err != nil {
		return err
	}
	select {
	case <-b.server.Done():
		return b.start(ctx)
	default:
		return nil
	}
}

const (
	fewestConnections = 10 // that max_connections can be
	crowdTime         = 30 * time.Second
)

// occupy has a crowd take every connection that there is.
func (b *database) occupy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, crowdTime)
	defer cancel()
	socket, err := b.socket()
	if err != nil {
		return err
	}
	pool, err := sql.Open("mysql", dsnOf("crowd", socket, ""))
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }() // which leaves the connections in use
	if err := b.run(ctx, fmt.Sprintf("SET GLOBAL max_connections = %d", fewestConnections)); err != nil {
		return err
	}
	for len(b.crowd) < fewestConnections-1 { // one is root's
		if conn, err := pool.Conn(ctx); err == nil {
			b.crowd = append(b.crowd, conn)
		} else if ctx.Err() != nil {
			return fmt.Errorf("the crowd has %d connections of %d: %w", len(b.crowd), fewestConnections-1, err)
		} else if err := b.run(ctx, "KILL USER freety@localhost"); err != nil {
			return err
		}
	}
	return nil
}

func (b *database) free(ctx context.Context) error {
	for _, conn := range b.crowd {
		_ = conn.Close() // whose pool is closed
	}
	b.crowd = nil
	return b.run(ctx, "SET GLOBAL max_connections = 300")
}
