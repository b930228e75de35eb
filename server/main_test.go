package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"freety/config"
	"freety/db"
)

// asServer makes the test's own program a server, so that a test can see it as
// a process.
const asServer = "FREETY_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		_ = os.Unsetenv(asServer) // it is no setting
		os.Exit(start(nil, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// output can be written and read at once.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// server is one that runs in this process.
type server struct {
	url    string
	stdout output
	log    output
	cancel context.CancelFunc
	done   chan error
}

var listens = regexp.MustCompile(`Freety listens on (\S+)\n`)

const patience = 60 * time.Second

func settings(t *testing.T) config.Config {
	t.Helper()
	return config.Config{Addr: "127.0.0.1:0", DataDir: filepath.Join(t.TempDir(), "data"), MailFrom: "Freety <no-reply@freety.example>"}
}

func startHere(t *testing.T, cfg config.Config) *server {
	t.Helper()
	s := &server{done: make(chan error, 1)}
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	go func() { s.done <- run(ctx, cfg, &s.stdout, slog.New(slog.NewTextHandler(&s.log, nil))) }()
	t.Cleanup(s.cancel)
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(5 * time.Millisecond) {
		if found := listens.FindStringSubmatch(s.stdout.String()); found != nil {
			s.url = found[1]
			return s
		}
		select {
		case err := <-s.done:
			t.Fatalf("the server ended at once: %v", err)
		default:
		}
	}
	t.Fatalf("the server does not start: %s", s.log.String())
	return nil
}

func (s *server) stop(t *testing.T) {
	t.Helper()
	s.cancel()
	if err := s.ended(t); err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func (s *server) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.done:
		return err
	case <-time.After(patience):
		t.Fatalf("the server does not end: %s", s.log.String())
		return nil
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func signUp(email string) string {
	return fmt.Sprintf(`{"role": "model", "email": %q, "password": "correct horse", "name": "김민지", "birthDate": "2000-01-01"}`, email)
}

var (
	tryIt         = regexp.MustCompile(`curl -s '([^']+)'`)
	metricsServed = regexp.MustCompile(`metrics are served" address=(\S+)`)
)

func TestServer(t *testing.T) {
	cfg := settings(t)
	cfg.MetricsAddr = "127.0.0.1:0"
	s := startHere(t, cfg)
	if status, body := get(t, s.url+"/ping"); status != 200 || body != "pong" {
		t.Errorf("/ping: %d %s", status, body)
	}
	if status, body := get(t, s.url+"/readyz"); status != 200 {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, _ := get(t, s.url+"/docs"); status != 200 {
		t.Errorf("/docs: %d", status)
	}
	if status, _ := get(t, s.url+"/demo/mails"); status != 404 {
		t.Errorf("/demo/mails outside of demo mode: %d", status)
	}
	line := tryIt.FindStringSubmatch(s.stdout.String())
	if line == nil {
		t.Fatalf("no command in %s", s.stdout.String())
	}
	if status, body := get(t, line[1]); status != 200 || !strings.HasPrefix(body, `{"items":[`) {
		t.Errorf("%s: %d %s", line[1], status, body)
	}

	address := metricsServed.FindStringSubmatch(s.log.String())
	if address == nil {
		t.Fatalf("no metrics: %s", s.log.String())
	}
	status, text := get(t, "http://"+address[1]+"/metrics")
	for _, want := range []string{
		`http_request_duration_seconds_count{method="GET",route="/ping",status="200"} 1`,
		`http_request_duration_seconds_count{method="GET",route="none",status="404"} 1`,
		`go_sql_open_connections{db_name="freety"}`, "go_goroutines ", "\nfreety_outbox_due_tasks 0\n", "\nfreety_outbox_oldest_due_seconds 0\n",
	} {
		if status != 200 || !strings.Contains(text, want) {
			t.Errorf("metrics: %d without %s", status, want)
		}
	}

	response, err := http.Post(s.url+"/v1/signup/email", "application/json", strings.NewReader(signUp("minji@example.com")))
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ AccessToken string }
	if err := json.NewDecoder(response.Body).Decode(&session); err != nil || response.StatusCode != 201 {
		t.Fatalf("sign-up: %d, %v", response.StatusCode, err)
	}
	s.stop(t)
	for name, want := range map[string]fs.FileMode{".": fs.ModeDir | 0o700, "jwt-keys": 0o600, "mariadb": fs.ModeDir | 0o700, "photos": fs.ModeDir | 0o700, "mails": fs.ModeDir | 0o700} {
		info, err := os.Stat(filepath.Join(cfg.DataDir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v instead of %v, %v", name, info.Mode(), want, err)
		}
	}

	// The second start finds keys and data.
	s = startHere(t, cfg)
	request, err := http.NewRequest(http.MethodGet, s.url+"/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+session.AccessToken)
	if response, err = http.DefaultClient.Do(request); err != nil || response.StatusCode != 200 {
		t.Errorf("the old token: %v, %v", response, err)
	}
	s.stop(t)
	if entries, err := os.ReadDir(cfg.DataDir); err != nil || len(entries) != 4 {
		t.Errorf("in the data folder: %v, %v", entries, err)
	}
}

func TestARequestInHandIsAnswered(t *testing.T) {
	s := startHere(t, settings(t))
	addr := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	body := signUp("slow@example.com")
	fmt.Fprintf(conn, "POST /v1/signup/email HTTP/1.1\r\nHost: freety\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
	answers := bufio.NewReader(conn)
	// The server asks for the body, so a handler is at work on the request.
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.cancel()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		other, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_ = other.Close()
		if time.Since(begin) > patience {
			t.Fatal("the server goes on listening")
		}
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil || response.StatusCode != 201 {
		t.Errorf("%v, %v", response, err)
	}
	if err := s.ended(t); err != nil {
		t.Error(err)
	}
}

func databasePID(t *testing.T, cfg config.Config) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cfg.DataDir, "mariadb", "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestWithoutItsDatabaseTheServerEnds(t *testing.T) {
	cfg := settings(t)
	s := startHere(t, cfg)
	if err := syscall.Kill(databasePID(t, cfg), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := s.ended(t); err == nil || !strings.Contains(err.Error(), errDatabaseEnded.Error()) {
		t.Errorf("ended with %v", err)
	}
}

var socketInText = regexp.MustCompile(`MariaDB runs".* socket=(\S+)`)

// TestAHungDatabaseDoesNotHoldUpTheStop stops MariaDB, so that a request and the
// outbox wait for it.
func TestAHungDatabaseDoesNotHoldUpTheStop(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute, since a stop waits for what may still come")
	}
	t.Parallel()
	cfg := settings(t)
	s := startHere(t, cfg)
	database := func() *db.DB { return openSocket(t, socketInText.FindStringSubmatch(s.log.String())[1]) }
	if _, err := database().ExecContext(t.Context(), "INSERT INTO accounts (role, name, birth_date, created_at) VALUES ('admin', '김하늘', '2000-01-01', NOW())"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(databasePID(t, cfg), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		status, err := (&client{}).call(http.MethodGet, s.url+"/v1/services", "", "", nil)
		if status != http.StatusServiceUnavailable {
			err = fmt.Errorf("%d instead of 503: %w", status, err)
		} else {
			err = nil
		}
		answered <- err
	}()
	time.Sleep(time.Second) // for the request to get to the database
	begin := time.Now()
	s.cancel()
	if err := s.ended(t); err == nil || !strings.Contains(err.Error(), "MariaDB did not stop in time and was killed") {
		t.Errorf("stopped with %v", err)
	}
	took := time.Since(begin)
	t.Logf("the stop took %s", took)
	// It is bounded to 25 s. One that waits for each of its parts in turn takes 44.
	if took > 35*time.Second {
		t.Errorf("the stop took %s", took)
	}
	if err := <-answered; err != nil {
		t.Errorf("the request in hand: %v", err)
	}

	s = startHere(t, cfg)
	var kept int
	if err := database().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM accounts").Scan(&kept); err != nil || kept != 1 {
		t.Errorf("after the database was killed there are %d accounts, %v", kept, err)
	}
	s.stop(t)
}

func TestAnAddressInUseIsReportedFirst(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for name, change := range map[string]func(*config.Config){
		"FREETY_ADDR":         func(c *config.Config) { c.Addr = taken.Addr().String() },
		"FREETY_METRICS_ADDR": func(c *config.Config) { c.MetricsAddr = taken.Addr().String() },
		"FREETY_MAIL_FROM":    func(c *config.Config) { c.MailFrom = "nobody" },
		"FREETY_SMTP_URL":     func(c *config.Config) { c.SMTPURL = "smtp://localhost:port" },
	} {
		cfg := settings(t)
		change(&cfg)
		if err := run(t.Context(), cfg, io.Discard, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(cfg.DataDir, "mariadb")); err == nil {
			t.Errorf("%s: the database was made before", name)
		}
	}
}

func TestArgumentsAreRefused(t *testing.T) {
	var stderr bytes.Buffer
	if code := start([]string{"--help"}, io.Discard, &stderr); code != 2 || !strings.Contains(stderr.String(), "config/example.env") {
		t.Errorf("%d, %s", code, stderr.String())
	}
}
