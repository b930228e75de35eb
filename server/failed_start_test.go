package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// ends starts the server as a process with these settings and no others, and
// returns what it printed to stdout and stderr when it has ended with a failure.
func ends(t *testing.T, stderr *os.File, settings ...string) (stdout string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Dir, cmd.Stderr = t.TempDir(), stderr
	// While coverage is measured, a program without GOCOVERDIR says so on stderr.
	cmd.Env = append([]string{asServer + "=1", "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir()}, settings...)
	text, err := cmd.Output()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v: ended with %v", settings, err)
	}
	return string(text)
}

// piped is what ends prints to stderr when that is no terminal.
func piped(t *testing.T, settings ...string) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if stdout := ends(t, file, settings...); stdout != "" {
		t.Errorf("%v: on stdout is %s", settings, stdout)
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAllWrongSettingsAreNamed(t *testing.T) {
	text := piped(t, "FREETY_ADDR=s3cret", "FREETY_SMTP_URL=s3cret", "FREETY_DEMO=s3cret", "FREETY_JWT_KEYS=s3cret", "FREETY_ADR=s3cret")
	for _, want := range []string{"FREETY_ADDR: ", "FREETY_SMTP_URL: ", "FREETY_DEMO: ", "FREETY_JWT_KEYS: ", "FREETY_ADR: ", "example.env"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	if strings.Contains(text, "s3cret") {
		t.Errorf("a value is repeated: %s", text)
	}
}

func TestAFailedStartIsToldOnceWithWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	bucket := func(status int) []string {
		s3 := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s3.Close)
		return []string{"FREETY_S3_BUCKET=photos", "AWS_ENDPOINT_URL_S3=" + s3.URL, "AWS_REGION=here", "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=key", "AWS_EC2_METADATA_DISABLED=true"}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for remedy, settings := range map[string][]string{
		"set FREETY_ADDR to another address":         {"FREETY_ADDR=" + taken.Addr().String()},
		"set FREETY_METRICS_ADDR to another address": {"FREETY_METRICS_ADDR=" + taken.Addr().String()},
		"does not have the address 192.0.2.1:8080":   {"FREETY_ADDR=192.0.2.1:8080"},
		"set it to a folder":                         {"FREETY_DATA_DIR=" + filepath.Join(file, "data")},
		"there is no bucket photos":                  bucket(http.StatusNotFound),
		"give them s3:ListBucket":                    bucket(http.StatusForbidden),
		"does the database run, and does this machine reach it?": {
			"FREETY_DATABASE_DSN=freety:s3cret@tcp(127.0.0.1:1)/freety", "FREETY_PHOTOS=disk", "FREETY_JWT_KEYS=main:" + strings.Repeat("A", 64),
		},
		"did you mean FREETY_ADDR?": {"FREETY_ADRR=x"},
	} {
		text := piped(t, append([]string{"FREETY_ADDR=127.0.0.1:0"}, settings...)...)
		var line struct{ Level, Error string }
		if err := json.Unmarshal([]byte(text), &line); err != nil || line.Level != "ERROR" || !strings.Contains(line.Error, remedy) || strings.Contains(text, "s3cret") {
			t.Errorf("%v: not one line with %q: %s", settings, remedy, text)
		}
	}
}

// onTerminal is what ends prints to stderr when that is a terminal.
func onTerminal(t *testing.T, settings ...string) string {
	t.Helper()
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	defer func() { _ = screen.Close() }()
	var text bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = text.ReadFrom(screen) // it ends with an error when nobody has the terminal any more
	}()
	ends(t, terminal, settings...)
	_ = terminal.Close()
	<-read
	return text.String()
}

func TestATerminalGetsLinesForPeople(t *testing.T) {
	// One that fails after it has logged something.
	settings := []string{"FREETY_ADDR=127.0.0.1:0", "FREETY_METRICS_ADDR=127.0.0.1:0", "FREETY_S3_BUCKET=photos", "FREETY_MAIL_FROM=nobody"}
	const coloured = "\x1b["
	for _, c := range []struct {
		variables []string
		colour    bool
	}{{[]string{"TERM=xterm-256color"}, true}, {[]string{"TERM=xterm-256color", "NO_COLOR="}, true}, {[]string{"TERM=xterm-256color", "NO_COLOR=1"}, false}, {[]string{"TERM=dumb"}, false}, {nil, false}} {
		text := onTerminal(t, append(c.variables, settings...)...)
		if strings.Contains(text, coloured) != c.colour || !strings.Contains(text, "metrics are served") || strings.Contains(text, `"msg"`) {
			t.Errorf("%v: %q", c.variables, text)
		}
		if strings.Count(text, "FREETY_MAIL_FROM") != 1 || !strings.Contains(text, "\nfreety: the server has failed:\r\n") {
			t.Errorf("%v: the failure is not told once: %q", c.variables, text)
		}
	}
}

func TestDurationsAreLoggedAsText(t *testing.T) {
	var out bytes.Buffer
	newLog(&out).Info("done", "took", 1200*time.Millisecond, "n", 3)
	if !strings.Contains(out.String(), `"took":"1.2s","n":3}`) {
		t.Error(out.String())
	}
}
