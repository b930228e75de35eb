package stage

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	startTime = 3 * time.Minute // waits for other servers that migrate included
	stopTime  = time.Minute
)

// Server is a Freety process. Between two runs it keeps its address and folder.
type Server struct {
	Number  int
	URL     string
	Program string
	DSN     string // empty: a private database
	// Variables of its environment, besides those that every server has.
	Variables []string

	dir     string
	data    string
	process *exec.Cmd
	ended   chan struct{}
	down    atomic.Bool // it was told to end, or has not begun
	away    atomic.Bool // it has ended as it was told, or has not begun
	phone   http.Client
}

func newServer(work string, number int, program, dsn string, variables []string) (*Server, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{Number: number, URL: "http://" + address, Program: program, DSN: dsn, Variables: variables, dir: filepath.Join(work, fmt.Sprintf("server%d", number)), data: filepath.Join(work, "data")}
	s.phone = http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	s.down.Store(true)
	s.away.Store(true)
	return s, os.MkdirAll(s.dir, 0o700)
}

// FreeAddress is an address of this machine that nobody listens on.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// Log is the path of what the server prints.
func (s *Server) Log() string { return filepath.Join(s.dir, "log") }

// Begin starts the process; Ready waits until it can work.
func (s *Server) Begin() error {
	log, err := os.OpenFile(s.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.process = exec.Command(s.Program)
	s.process.Dir = s.dir
	// Neither the caller's settings nor our own variables may reach it.
	s.process.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FREETY_") }),
		"FREETY_ADDR="+s.URL[len("http://"):], "FREETY_DATA_DIR="+s.data, "FREETY_DATABASE_DSN="+s.DSN,
		"FREETY_JWT_KEYS=main:c3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2Utc3RhZ2U=", "FREETY_PUBLIC_URL="+s.URL,
		// So that each person has an address of their own.
		"FREETY_TRUSTED_PROXIES=127.0.0.0/8",
		// They share a data folder, and the load is more than people are allowed.
		"FREETY_PHOTOS=disk", "FREETY_LIMIT_READ=0", "FREETY_LIMIT_SEARCH=0", "FREETY_LIMIT_WRITE=0", "FREETY_LIMIT_UPLOAD=0", "FREETY_LIMIT_APPLY=0", "FREETY_LIMIT_SIGN_IN=0")
	s.process.Env = append(s.process.Env, s.Variables...)
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		s.process = nil
		return err
	}
	s.ended = make(chan struct{})
	go func(process *exec.Cmd, ended chan struct{}) {
		_ = process.Wait()
		close(ended)
	}(s.process, s.ended)
	return nil
}

// Ready waits until the server can work.
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for !s.IsReady(ctx) {
		select {
		case <-s.ended:
			return fmt.Errorf("server %d has ended with %s; see %s", s.Number, s.process.ProcessState, s.Log())
		case <-ctx.Done():
			return fmt.Errorf("server %d does not get ready: %w", s.Number, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.down.Store(false)
	s.away.Store(false)
	return nil
}

// IsReady reports whether the server says that it can work.
func (s *Server) IsReady(ctx context.Context) bool {
	status, err := s.Readiness(ctx)
	return err == nil && status == http.StatusOK
}

// Readiness is the status of /readyz.
func (s *Server) Readiness(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return 0, err
	}
	response, err := s.phone.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// Up starts the server unless it runs, and waits until it can work.
func (s *Server) Up(ctx context.Context) error {
	if s.process == nil {
		if err := s.Begin(); err != nil {
			return err
		}
	}
	return s.Ready(ctx)
}

// Ended is closed when the process has ended.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Signal sends the process a signal by which it is to end.
func (s *Server) Signal(signal syscall.Signal) {
	s.down.Store(true)
	_ = s.process.Process.Signal(signal) // it may have ended
}

// Stop ends the process as a release does. One that has failed before is an error.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	s.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(stopTime):
		_ = s.Kill()
		return fmt.Errorf("server %d does not stop", s.Number)
	}
	state := s.process.ProcessState
	s.away.Store(true)
	s.process = nil
	if !state.Success() {
		return fmt.Errorf("server %d has ended with %s; see %s", s.Number, state, s.Log())
	}
	return nil
}

// Kill ends the process at once.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	s.Signal(syscall.SIGKILL)
	<-s.ended
	s.away.Store(true)
	s.process = nil
	return nil
}

// IsUp reports whether the server has been ready and was not told to end since.
func (s *Server) IsUp() bool { return !s.down.Load() }
