package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"freety/config"
	"freety/routes/api"
	"freety/routes/notices"
	"freety/routes/photos"
	"freety/server/photostore"

	"github.com/google/go-cmp/cmp"
)

func TestKeysAreMadeOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, keysFile)
	// Left by a start that lost its power.
	if err := os.WriteFile(path+".new", []byte("main:"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := signingKeys(config.Config{DataDir: dir})
	if err != nil || len(first) != 1 || len(first[0].Secret) != keyBytes {
		t.Fatalf("%v, %v", first, err)
	}
	again, err := signingKeys(config.Config{DataDir: dir})
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	other, err := signingKeys(config.Config{DataDir: t.TempDir()})
	if err != nil || cmp.Equal(first, other) {
		t.Errorf("two folders have the same key, %v", err)
	}
	set := []config.JWTKey{{ID: "set", Secret: []byte("x")}}
	if got, err := signingKeys(config.Config{DataDir: dir, JWTKeys: set}); err != nil || !cmp.Equal(got, set) {
		t.Errorf("those of the settings: %v, %v", got, err)
	}
	for _, text := range []string{"", "main:AAAA\n", "garbage"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := signingKeys(config.Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }

type outgoing struct {
	err  error
	sent int
}

func (o *outgoing) Send(context.Context, notices.Letter) error {
	o.sent++
	return o.err
}

func TestMailGoesWhereTheSettingsSay(t *testing.T) {
	for name, c := range map[string]struct {
		smtp string
		demo bool
		want string
	}{
		"files":      {"", false, "*mail.Files"},
		"files demo": {"", true, "*mail.Files"},
		"smtp":       {"smtp://localhost", false, "*mail.SMTP"},
		"smtp demo":  {"smtp://localhost", true, "main.both"},
	} {
		mailer, mailbox, err := openMail(config.Config{SMTPURL: c.smtp, Demo: c.demo, DataDir: t.TempDir(), MailFrom: "a@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		if got := typeName(mailer); got != c.want || (c.demo && mailbox == nil) {
			t.Errorf("%s: %s, %v", name, got, mailbox)
		}
	}

	failing, fine := &outgoing{err: errors.New("down")}, &outgoing{}
	if err := (both{failing, fine}).Send(t.Context(), notices.Letter{}); err == nil || fine.sent != 0 {
		t.Errorf("%v, %d", err, fine.sent)
	}
	if err := (both{fine, fine}).Send(t.Context(), notices.Letter{}); err != nil || fine.sent != 2 {
		t.Errorf("%v, %d", err, fine.sent)
	}
}

func TestPhotosGoWhereTheSettingsSay(t *testing.T) {
	t.Setenv("AWS_REGION", "ap-northeast-2")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1") // S3 that is away
	for bucket, want := range map[string]string{"": typeName(&photostore.Disk{}), "photos": typeName(&photostore.S3{})} {
		store, err := openStore(t.Context(), config.Config{DataDir: t.TempDir(), S3Bucket: bucket}, slog.New(slog.DiscardHandler))
		if err != nil || typeName(store) != want {
			t.Errorf("%q: %s, %v", bucket, typeName(store), err)
		}
	}
}

func TestTheOutboxTakesPhotosOutOfTheStore(t *testing.T) {
	store, err := photostore.NewDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range []string{"gone.jpg", "gone-thumb.jpg", "kept.jpg"} {
		if err := store.Put(t.Context(), object, "image/jpeg", strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	remove := taskHandlers(nil, nil, store)[photos.DeleteTask]
	for _, name := range []string{"gone", "never-there"} {
		if err := remove(t.Context(), api.Task{Kind: photos.DeleteTask, Subject: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for object, want := range map[string]bool{"gone.jpg": false, "gone-thumb.jpg": false, "kept.jpg": true} {
		body, _, err := store.Get(t.Context(), object)
		if (err == nil) != want {
			t.Errorf("%s: %v", object, err)
		}
		if err == nil {
			_ = body.Close()
		}
	}
	if remove(t.Context(), api.Task{Kind: photos.DeleteTask, Subject: "NO KEY"}) == nil {
		t.Error("what the store refuses is no error")
	}
}

func TestPublicURL(t *testing.T) {
	for _, c := range []struct{ set, listening, want string }{
		{"https://api.freety.example", "0.0.0.0:8080", "https://api.freety.example"},
		{"", "127.0.0.1:40001", "http://127.0.0.1:40001"},
		{"", "[::]:8080", "http://localhost:8080"},
		{"", "0.0.0.0:8080", "http://localhost:8080"},
		{"", "[::1]:8080", "http://[::1]:8080"},
	} {
		addr, err := net.ResolveTCPAddr("tcp", c.listening)
		if err != nil {
			t.Fatal(err)
		}
		if got := publicURL(config.Config{PublicURL: c.set}, addr, slog.New(slog.DiscardHandler)); got != c.want {
			t.Errorf("%s on %s: %s instead of %s", c.set, c.listening, got, c.want)
		}
	}
}
