package main

import (
	"io"
	"net"
	"sync"

	"freety/tools/e2e/stage"
)

// manner is how a door treats those who come.
type manner int

const (
	open manner = iota
	shut        // nobody is let in
	mute        // they are let in, and hear nothing
	torn        // the connection ends in the middle of what they say
)

// tornAfter is less than any letter, and more than what comes before one.
const tornAfter = 700

// door is the address by which servers reach something in this process.
type door struct {
	Address string
	target  string

	mu       sync.Mutex
	manner   manner
	listener net.Listener
	inside   map[net.Conn]bool
}

// newDoor is an open one.
func newDoor(target string) (*door, error) {
	address, err := stage.FreeAddress()
	if err != nil {
		return nil, err
	}
	d := &door{Address: address, target: target, inside: map[net.Conn]bool{}, manner: shut}
	return d, d.turn(open)
}

// turn changes the manner, and ends all connections.
func (d *door) turn(to manner) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if to != shut && d.listener == nil {
		listener, err := net.Listen("tcp", d.Address)
		if err != nil {
			return err
		}
		d.listener = listener
		go d.receive(listener)
	} else if to == shut && d.listener != nil {
		_ = d.listener.Close()
		d.listener = nil
	}
	d.manner = to
	for conn := range d.inside {
		_ = conn.Close()
	}
	clear(d.inside)
	return nil
}

func (d *door) receive(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		d.inside[conn] = true
		manner := d.manner
		d.mu.Unlock()
		go d.lead(conn, manner)
	}
}

func (d *door) lead(conn net.Conn, manner manner) {
	defer func() {
		d.mu.Lock()
		delete(d.inside, conn)
		d.mu.Unlock()
		_ = conn.Close()
	}()
	if manner == mute {
		_, _ = io.Copy(io.Discard, conn) // until it is closed
		return
	}
	target, err := net.Dial("tcp", d.target)
	if err != nil {
		return
	}
	defer func() { _ = target.Close() }()
	go func() {
		_, _ = io.Copy(conn, target)
		_ = conn.Close()
	}()
	var said io.Reader = conn
	if manner == torn {
		said = io.LimitReader(conn, tornAfter)
	}
	_, _ = io.Copy(target, said) // either side may end it
}
