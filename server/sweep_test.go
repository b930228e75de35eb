package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// files lists the files of a folder whose names begin so.
func files(t *testing.T, dir, prefix string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			found = append(found, entry.Name())
		}
	}
	return found
}

// TestAServerKilledInAnUploadLeavesNoFiles kills a server that has received a
// part of a photo.
func TestAServerKilledInAnUploadLeavesNoFiles(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("it builds the server, and looks into /proc")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	p := startProcess(t, build(t), filepath.Join(t.TempDir(), "data"), false)
	stylist := &client{email: "upload@example.com"}
	if err := stylist.signUp(p.url, "stylist"); err != nil {
		t.Fatal(err)
	}
	var made struct{ ID int64 }
	draft := `{"title": "단발 모델", "body": "", "services": ["cut"], "fee": 0, "slots": [], "venue": {"province": "서울특별시", "district": "강남구"}}`
	if _, err := stylist.call(http.MethodPost, p.url+"/v1/recruitments", draft, "", &made); err != nil {
		t.Fatal(err)
	}

	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	if _, err := form.CreateFormFile("photo", "a.jpg"); err != nil {
		t.Fatal(err)
	}
	body, phone := io.Pipe()
	defer func() { _ = phone.Close() }()
	go func() {
		_, _ = phone.Write(append(head.Bytes(), make([]byte, 1<<20)...)) // and then nothing more
	}()
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/v1/recruitments/%d/photos", p.url, made.ID), body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+stylist.token)
	go func() {
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			t.Errorf("answered with %d", response.StatusCode)
		}
	}()
	for begin := time.Now(); !p.hasOpen("freety-photo-"); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatal("the upload does not arrive")
		}
	}
	p.kill()
	if left := files(t, temp, "freety-photo-"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// hasOpen reports whether the process has a file open whose name holds text.
func (p *process) hasOpen(text string) bool {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.Contains(target, text) {
			return true
		}
	}
	return false
}

func TestAStartRemovesWhatKilledServersLeft(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	cfg := settings(t)
	old, young := map[string]bool{}, map[string]bool{}
	for _, name := range []string{filepath.Join(temp, "freety-photo-1"), filepath.Join(cfg.DataDir, "photos", ".new-1"), filepath.Join(cfg.DataDir, "mails", ".new-1")} {
		old[name], young[name+"2"] = true, true
	}
	for _, name := range []string{filepath.Join(temp, "notes"), filepath.Join(cfg.DataDir, "photos", "notes"), filepath.Join(cfg.DataDir, "mails", "1.eml")} {
		young[name] = true
	}
	put := func(name string, at time.Time) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for name := range old {
		put(name, time.Now().Add(-2*time.Hour))
	}
	for name := range young {
		put(name, time.Now().Add(-30*time.Minute))
	}
	startHere(t, cfg).stop(t)
	for name := range old {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s stays", name)
		}
	}
	for name := range young {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}
