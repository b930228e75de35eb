package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const patience = 30 * time.Second

// server is the process that is attacked.
type server struct {
	cmd  *exec.Cmd
	url  string
	done chan error
}

// startServer runs program as it would run in earnest behind a proxy on this
// machine, so that one process can call it from many addresses.
func startServer(ctx context.Context, program, dir, dsn string) (*server, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	s := &server{cmd: exec.Command(program), url: "http://" + addr, done: make(chan error, 1)}
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = dir, log, log
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "FREETY_") {
			s.cmd.Env = append(s.cmd.Env, variable)
		}
	}
	s.cmd.Env = append(s.cmd.Env, "FREETY_ADDR="+addr, "FREETY_DATA_DIR="+filepath.Join(dir, "data"), "FREETY_DATABASE_DSN="+dsn, "FREETY_PHOTOS=disk",
		"FREETY_JWT_KEYS=main:"+strings.Repeat("A", 64), "FREETY_TRUSTED_PROXIES=127.0.0.1/32")
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.done <- s.cmd.Wait() }()
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(50 * time.Millisecond) {
		if status, err := call(ctx, "", http.MethodGet, s.url+"/readyz", "", nil, nil); err == nil && status == http.StatusOK {
			return s, nil
		}
	}
	text, _ := os.ReadFile(log.Name())
	return nil, errors.Join(fmt.Errorf("the server does not start: %s", text), s.stop())
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-s.done:
		return err
	case <-time.After(patience):
		return errors.Join(errors.New("the server does not stop"), s.cmd.Process.Kill())
	}
}

// caller has as many connections as an attack has clients.
var caller = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}, Timeout: patience}

// call sends a request from an address, and decodes the answer of a success.
func call(ctx context.Context, from, method, url, token string, body, into any) (int, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	if body == nil {
		text = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if from != "" {
		request.Header.Set("X-Forwarded-For", from)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := caller.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(response.Body); err != nil {
		return 0, err
	}
	if into != nil && response.StatusCode < http.StatusMultipleChoices {
		return response.StatusCode, json.Unmarshal(answer.Bytes(), into)
	}
	return response.StatusCode, nil
}
