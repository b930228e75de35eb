package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"regexp"
	"sync"
	"sync/atomic"
)

// tripwire stands between a server and its database. When the database has carried
// out the nth statement that changes something, the wire goes off before the
// server gets the answer.
type tripwire struct {
	listener net.Listener
	database string // its socket
	changes  *regexp.Regexp
	nth      int64
	goOff    func()
	seen     atomic.Int64
	all      sync.WaitGroup
}

// Statements that change the schema or what is in it; comments may come before.
var (
	anyChange  = regexp.MustCompile(`(?i)^(\s|--.*\n)*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|EXECUTE|COMMIT)\b`)
	viewChange = regexp.MustCompile(`(?i)^(\s|--.*\n)*(CREATE OR REPLACE SQL SECURITY INVOKER VIEW|DROP VIEW|INSERT INTO view_versions)\b`)
)

// newTripwire listens on a socket until it is closed.
func newTripwire(socket, database string, changes *regexp.Regexp, nth int64, goOff func()) (*tripwire, error) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	w := &tripwire{listener: listener, database: database, changes: changes, nth: nth, goOff: goOff}
	w.all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			w.all.Go(func() { w.forward(conn) })
		}
	})
	return w, nil
}

func (w *tripwire) close() {
	_ = w.listener.Close()
	w.all.Wait()
}

func (w *tripwire) forward(server net.Conn) {
	defer func() { _ = server.Close() }()
	database, err := net.Dial("unix", w.database)
	if err != nil {
		return
	}
	defer func() { _ = database.Close() }()
	var armed atomic.Bool
	var answers sync.WaitGroup
	answers.Go(func() {
		// What it cannot pass on has no reader any more.
		defer func() { _ = server.Close() }()
		buffer := make([]byte, 64<<10)
		for {
			n, err := database.Read(buffer)
			if armed.CompareAndSwap(true, false) {
				w.goOff()
			}
			if n > 0 {
				if _, err := server.Write(buffer[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	})
	_ = w.statements(server, database, func() { armed.Store(true) })
	_ = database.Close()
	answers.Wait()
}

const (
	commandQuery  = 3
	longestPacket = 1<<24 - 1
)

var errTooLong = errors.New("a packet that goes on in the next one")

// statements passes the server's packets on, and counts those that change something.
func (w *tripwire) statements(server io.Reader, database io.Writer, arm func()) error {
	in := bufio.NewReader(server)
	for {
		head, err := in.Peek(4)
		if err != nil {
			return err
		}
		length, number := int(binary.LittleEndian.Uint32(head)&0xffffff), head[3]
		if length == longestPacket {
			return errTooLong
		}
		packet := make([]byte, 4+length)
		if _, err := io.ReadFull(in, packet); err != nil {
			return err
		}
		// A packet's number is 0 when it begins a command.
		if number == 0 && length > 1 && packet[4] == commandQuery && w.changes.Match(packet[5:]) && w.seen.Add(1) == w.nth {
			arm()
		}
		if _, err := database.Write(packet); err != nil {
			return err
		}
	}
}
