package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	startTime = 3 * time.Minute // waits for other servers that migrate included
	stopTime  = time.Minute
)

// server is a Freety process on one node.
type server struct {
	number  int
	url     string
	program string
	node    *node
	dir     string
	process *exec.Cmd
	ended   chan struct{}
	down    atomic.Bool // it was told to end, or has not begun
	phone   http.Client
}

func newServer(work, program string, n *node) (*server, error) {
	s := &server{number: n.number, url: fmt.Sprintf("http://127.0.0.1:%d", 8080+n.number), program: program, node: n, dir: filepath.Join(work, fmt.Sprintf("server%d", n.number))}
	s.phone = http.Client{Timeout: 45 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	s.down.Store(true)
	return s, os.MkdirAll(s.dir, 0o700)
}

// begin runs the process; ready waits until it answers.
func (s *server) begin() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.process = exec.Command(s.program)
	s.process.Dir = s.dir
	s.process.Env = append(os.Environ(),
		"FREETY_ADDR="+s.url[len("http://"):], "FREETY_DATA_DIR="+filepath.Join(s.dir, "data"), "FREETY_DATABASE_DSN="+s.node.dsn(),
		"FREETY_JWT_KEYS=main:Z2FsZXJhLWdhbGVyYS1nYWxlcmEtZ2FsZXJhLWdhbGVyYQ==", "FREETY_PUBLIC_URL="+s.url,
		// So that each person has an address of their own.
		"FREETY_TRUSTED_PROXIES=127.0.0.0/8",
		"FREETY_LIMIT_READ=0", "FREETY_LIMIT_SEARCH=0", "FREETY_LIMIT_WRITE=0", "FREETY_LIMIT_UPLOAD=0", "FREETY_LIMIT_APPLY=0", "FREETY_LIMIT_SIGN_IN=0",
		"FREETY_PHOTOS=disk", "FREETY_DEMO=", "FREETY_S3_BUCKET=", "FREETY_SMTP_URL=", "FREETY_MAIL_FROM=", "FREETY_METRICS_ADDR=", "FREETY_CORS_ORIGINS=")
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func(process *exec.Cmd, ended chan struct{}) {
		_ = process.Wait()
		close(ended)
	}(s.process, s.ended)
	return nil
}

func (s *server) ready(ctx context.Context) error {
	for begin := time.Now(); time.Since(begin) < startTime; time.Sleep(50 * time.Millisecond) {
		select {
		case <-s.ended:
			return fmt.Errorf("server %d has ended; see %s", s.number, filepath.Join(s.dir, "log"))
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if status, err := s.readiness(); err == nil && status == http.StatusOK {
			s.down.Store(false)
			return nil
		}
	}
	return fmt.Errorf("server %d does not get ready", s.number)
}

func (s *server) readiness() (status int, err error) {
	response, err := s.phone.Get(s.url + "/readyz")
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func (s *server) kill() {
	s.down.Store(true)
	_ = s.process.Process.Kill() // it may have ended
	<-s.ended
	s.process = nil
}

// stop ends the process as a release does.
func (s *server) stop() error {
	if s.process == nil {
		return nil
	}
	s.down.Store(true)
	_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-s.ended:
		s.process = nil
		return nil
	case <-time.After(stopTime):
		_ = s.process.Process.Kill()
		return fmt.Errorf("server %d does not stop", s.number)
	}
}
