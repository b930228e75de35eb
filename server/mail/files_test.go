package mail

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"mime"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/notices"
	"freety/routes/system"

	"github.com/google/go-cmp/cmp"
	gomail "github.com/wneessen/go-mail"
)

var update = flag.Bool("update", false, "write testdata anew")

const from = "Freety <no-reply@freety.example>"

func letterTo(to, id string) notices.Letter {
	return notices.Letter{
		ID: id, To: to, ToName: "김민지", Subject: "예약이 확정되었어요: 2026년 11월 23일 (월) 오후 3:00, 잊지 마세요",
		Text: "안녕하세요.\n\n= 내일 봬요 =\n.\n" + strings.Repeat("긴 줄 ", 60) + "\n",
		HTML: "<!doctype html>\n<p>안녕하세요.</p>\n<p class=\"when\">내일 봬요 " + strings.Repeat("긴 줄 ", 20) + "</p>\n",
	}
}

func TestFilesKeepWhatWasSent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mails")
	f, err := NewFiles(dir, from)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if mails, err := f.Sent(ctx, ""); err != nil || mails == nil || len(mails) != 0 {
		t.Errorf("at first: %v, %v", mails, err)
	}
	first, second := letterTo("minji@example.com", "1.1"), letterTo("seojun@example.com", "2.2")
	for _, m := range []notices.Letter{first, second, letterTo("minji@example.com", "3.3")} {
		if err := f.Send(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := f.Sent(ctx, "MinJi@Example.com")
	if err != nil || len(mails) != 2 {
		t.Fatalf("%v, %v", mails, err)
	}
	if got := mails[1]; got.To != first.To || got.Subject != first.Subject || got.Text != first.Text || strings.ReplaceAll(got.HTML, "\r\n", "\n") != first.HTML || time.Since(got.SentAt.Time) > time.Minute {
		t.Errorf("%+v instead of %+v", got, first)
	}
	if !mails[0].SentAt.After(mails[1].SentAt.Time) {
		t.Error("the newest does not come first")
	}
	if mails, err := f.Sent(ctx, ""); err != nil || len(mails) != 3 || mails[1].To != second.To {
		t.Errorf("all: %v, %v", mails, err)
	}
	if mails, err := f.Sent(ctx, "nobody@example.com"); err != nil || mails == nil || len(mails) != 0 {
		t.Errorf("nobody's: %v, %v", mails, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestFilesForgetWhatWasSent(t *testing.T) {
	dir := t.TempDir()
	f, err := NewFiles(dir, from)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1.1", "2.2"} {
		if err := f.Send(t.Context(), letterTo("minji@example.com", id)); err != nil {
			t.Fatal(err)
		}
	}
	// Neither a letter that is being written nor what is not ours.
	for _, name := range []string{".new-1", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if mails, err := f.Sent(t.Context(), ""); err != nil || len(mails) != 0 {
		t.Errorf("%v, %v", mails, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestFilesShowTheNewestHundred(t *testing.T) {
	f, err := NewFiles(t.TempDir(), from)
	if err != nil {
		t.Fatal(err)
	}
	for i := range mostShown + 5 {
		if err := f.Send(t.Context(), notices.Letter{ID: fmt.Sprint(i), To: "a@example.com", Subject: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := f.Sent(t.Context(), "")
	if err != nil || len(mails) != mostShown || mails[0].Subject != fmt.Sprint(mostShown+4) {
		t.Errorf("%d mails, the first %q, %v", len(mails), mails[0].Subject, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Sent(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFilesShowALetterOfOnePart(t *testing.T) {
	dir := t.TempDir()
	f, err := NewFiles(dir, from)
	if err != nil {
		t.Fatal(err)
	}
	// As releases before HTML left them in the folder.
	const old = "Subject: =?UTF-8?q?=EC=98=88=EC=95=BD?=\r\nTo: <minji@example.com>\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n=EB=82=B4=EC=9D=BC =3D\r\n"
	if err := os.WriteFile(filepath.Join(dir, "20261123T060000.000000000Z-7.eml"), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Send(t.Context(), letterTo("minji@example.com", "8")); err != nil {
		t.Fatal(err)
	}
	mails, err := f.Sent(t.Context(), "")
	if err != nil || len(mails) != 2 || !slices.ContainsFunc(mails, func(m system.Mail) bool { return m.Subject == "예약" && m.Text == "내일 =\n" && m.HTML == "" }) {
		t.Errorf("%+v, %v", mails, err)
	}
}

func TestFilesRefuseASenderThatIsNoAddress(t *testing.T) {
	if _, err := NewFiles(t.TempDir(), "Freety"); err == nil {
		t.Error("accepted")
	}
}

func TestTheMessageOnTheWire(t *testing.T) {
	s, err := parseSender(from)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.message(letterTo("minji@example.com", "17.1764"), time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	if _, err := msg.WriteTo(&wire); err != nil {
		t.Fatal(err)
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(wire.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	mediaType, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/alternative" || parameters["boundary"] == "" {
		t.Fatalf("%s %v, %v", mediaType, parameters, err)
	}
	// It is drawn for each message.
	got := strings.NewReplacer("\r\n", "\n", parameters["boundary"], "BOUNDARY").Replace(wire.String())
	const golden = "testdata/message.eml"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("it differs from %s; if that is meant, run go test ./server/mail -update:\n%s", golden, diff)
	}
	for line := range strings.SplitSeq(wire.String(), "\r\n") {
		if len(line) > 78 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("not fit for every server: %q", line)
		}
	}
}

func TestNothingAddsAHeader(t *testing.T) {
	s, err := parseSender(from)
	if err != nil {
		t.Fatal(err)
	}
	const attack = "x\r\nBcc: all@example.com\r\n\r\nbody"
	msg, err := s.message(notices.Letter{ID: "1", To: "minji@example.com", ToName: attack + `" <evil@example.com>, "`, Subject: attack, Text: attack, HTML: attack}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	if _, err := msg.WriteTo(&wire); err != nil {
		t.Fatal(err)
	}
	parsed, err := netmail.ReadMessage(&wire)
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Header.Get("Bcc") != "" {
		t.Error("a header was added")
	}
	to, err := parsed.Header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Address != "minji@example.com" {
		t.Errorf("to %v, %v", to, err)
	}
	if recipients, err := msg.GetRecipients(); err != nil || len(recipients) != 1 {
		t.Errorf("recipients %v, %v", recipients, err)
	}

	for _, m := range []notices.Letter{
		{ID: "1", To: "a@example.com, b@example.com"},
		{ID: "1", To: "a@example.com\r\nBcc: b@example.com"},
		{ID: "1", To: "A <a@example.com>"},
		{ID: "1", To: "a@example.com> SIZE=1"},
		{ID: "1"},
		{ID: "1>\r\nBcc: <b@example.com", To: "a@example.com"},
		{ID: "../1", To: "a@example.com"},
		{To: "a@example.com"},
	} {
		if _, err := s.message(m, time.Now()); !errors.Is(err, api.ErrHopeless) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestTheSameLetterHasTheSameMessageID(t *testing.T) {
	s, err := parseSender(from)
	if err != nil {
		t.Fatal(err)
	}
	id := func(id string) string {
		msg, err := s.message(notices.Letter{ID: id, To: "a@example.com"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return msg.GetGenHeader(gomail.HeaderMessageID)[0]
	}
	if id("1.2") != "<1.2@freety.example>" || id("1.2") == id("1.3") {
		t.Error(id("1.2"), id("1.3"))
	}
}
