package db_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"

	sq "github.com/Masterminds/squirrel"
	"github.com/go-sql-driver/mysql"
)

// openBehind opens a database through a proxy on 127.0.0.1. end gets each COMMIT
// and ROLLBACK before the server does; unless it returns true, the client hears no
// more.
func openBehind(t *testing.T, end func(client, server net.Conn, packet []byte) bool) *db.DB {
	t.Helper()
	cfg, err := mysql.ParseDSN(dbtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	kind, address := cfg.Net, cfg.Addr
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(kind, address)
			if err != nil {
				t.Error(err)
				_ = client.Close()
				continue
			}
			t.Cleanup(func() { _, _ = client.Close(), server.Close() })
			go func() { _, _ = io.Copy(client, server) }()
			go func() {
				packet := make([]byte, 1<<16)
				for {
					n, err := client.Read(packet)
					if err != nil {
						return
					}
					ends := bytes.HasSuffix(packet[:n], []byte("COMMIT")) || bytes.HasSuffix(packet[:n], []byte("ROLLBACK"))
					if ends && !end(client, server, packet[:n]) {
						return
					}
					if _, err := server.Write(packet[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	cfg.Net, cfg.Addr = "tcp", listener.Addr().String()
	d, err := db.Open(t.Context(), cfg.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func rename(ctx context.Context, d *db.DB, name string) error {
	return d.InTx(ctx, func(tx *db.Tx) error {
		_, err := db.Exec(ctx, tx, sq.Update("services").Set("name", name).Where(sq.Eq{"code": "cut"}))
		return err
	})
}

func TestACommitThatHangsEndsWithTheRequestAndItsOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	d := openBehind(t, func(net.Conn, net.Conn, []byte) bool { return false })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	if err := rename(ctx, d, "가위질"); !errors.Is(err, db.ErrOutcomeUnknown) || !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestTheOutcomeOfACommitWhoseConnectionIsLostIsUnknown(t *testing.T) {
	t.Parallel()
	d := openBehind(t, func(client, server net.Conn, packet []byte) bool {
		_ = client.Close()
		_, _ = server.Write(packet)
		return false
	})
	if err := rename(t.Context(), d, "가위질"); !errors.Is(err, db.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}

// A node of Galera without quorum refuses both.
func TestWhatWasWrittenBeforeARefusedEndIsNeverCommitted(t *testing.T) {
	t.Parallel()
	for end, fail := range map[string]error{"COMMIT": nil, "ROLLBACK": errors.New("failed")} {
		var refuses atomic.Bool
		d := openBehind(t, func(_, _ net.Conn, packet []byte) bool {
			if refuses.Load() {
				copy(packet[bytes.LastIndex(packet, []byte(end)):], "USE none")
			}
			return true
		})
		d.SetMaxOpenConns(1)
		refuses.Store(true)
		err := d.InTx(t.Context(), func(tx *db.Tx) error {
			_, err := db.Exec(t.Context(), tx, sq.Update("services").Set("name", "가위질").Where(sq.Eq{"code": "cut"}))
			return errors.Join(err, fail)
		})
		if err == nil {
			t.Errorf("%s: no error", end)
		}
		refuses.Store(false)
		if err := d.InTx(t.Context(), func(*db.Tx) error { return nil }); err != nil {
			t.Errorf("%s: the next transaction: %v", end, err)
		}
		written, err := db.Get[struct{ Name string }](t.Context(), d, sq.Select("name").From("services").Where(sq.Eq{"code": "cut"}))
		if err != nil || written.Name == "가위질" {
			t.Errorf("%s: the name is %q, %v", end, written.Name, err)
		}
	}
}

func TestWhatTheServerRefusesForNowIsUnavailable(t *testing.T) {
	t.Parallel()
	for number, want := range map[uint16]bool{
		1021: true, 1040: true, 1045: true, 1047: true, 1114: true, 1203: true, 1205: true, 1213: true, 1226: true, 1290: true, 1836: true,
		1064: false, 1062: false,
	} {
		if err := db.Translate(&mysql.MySQLError{Number: number}); errors.Is(err, db.ErrUnavailable) != want {
			t.Errorf("%d: %v", number, err)
		}
	}
}
