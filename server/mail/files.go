package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"freety/routes/api"
	"freety/routes/notices"
	"freety/routes/system"
)

const (
	fileTime  = "20060102T150405.000000000Z"
	fileEnd   = ".eml"
	mostShown = 100
)

// UnfinishedPrefix begins the names of letters that are being written.
const UnfinishedPrefix = ".new-"

// Files puts letters into a folder, one file each, instead of sending them.
type Files struct {
	dir  string
	from sender
}

var (
	_ notices.Mailer = (*Files)(nil)
	_ notices.Mailer = (*SMTP)(nil)
	_ system.MailBox = (*Files)(nil)
)

// NewFiles makes the folder if it is missing. from is the sender of every
// letter, with or without a name.
func NewFiles(dir, from string) (*Files, error) {
	s, err := parseSender(from)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &Files{dir: dir, from: s}, nil
}

// Send implements notices.Mailer: it writes a file whose name sorts by time. A
// reader sees the whole file or none.
func (f *Files) Send(_ context.Context, l notices.Letter) error {
	at := time.Now().UTC()
	msg, err := f.from.message(l, at)
	if err != nil {
		return err
	}
	if err := f.write(at.Format(fileTime)+"-"+l.ID+fileEnd, msg.WriteTo); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

func (f *Files) write(name string, content func(io.Writer) (int64, error)) (err error) {
	temp, err := os.CreateTemp(f.dir, UnfinishedPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := content(temp); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), filepath.Join(f.dir, name))
}

// Sent lists the newest letters to an address, ignoring its case, or to everybody
// if to is empty. The newest comes first, and there are 100 at most.
func (f *Files) Sent(ctx context.Context, to string) ([]system.Mail, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	mails := []system.Mail{}
	for _, entry := range slices.Backward(entries) {
		if len(mails) == mostShown {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if strings.HasPrefix(entry.Name(), ".") || !strings.HasSuffix(entry.Name(), fileEnd) {
			continue
		}
		m, err := read(filepath.Join(f.dir, entry.Name()), to)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("mail: read a letter: %w", err)
		}
		if m != nil {
			mails = append(mails, *m)
		}
	}
	return mails, nil
}

// Clear removes all letters.
func (f *Files) Clear(context.Context) error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), fileEnd) {
			continue // perhaps a letter that is being written
		}
		if err := os.Remove(filepath.Join(f.dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("mail: %w", err)
		}
	}
	return nil
}

// read returns the letter in a file, or nil if it is to somebody else.
func read(path, to string) (*system.Mail, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	msg, err := netmail.ReadMessage(file)
	if err != nil {
		return nil, err
	}
	recipient, err := netmail.ParseAddress(msg.Header.Get("To"))
	if err != nil {
		return nil, err
	}
	if to != "" && !strings.EqualFold(recipient.Address, to) {
		return nil, nil
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		return nil, err
	}
	// The name has the time more exactly than the header.
	at, err := time.Parse(fileTime, filepath.Base(path)[:len(fileTime)])
	if err != nil {
		return nil, err
	}
	text, html, err := parts(msg)
	if err != nil {
		return nil, err
	}
	return &system.Mail{
		To: recipient.Address, Subject: subject, Text: strings.ReplaceAll(text, "\r\n", "\n"), HTML: html, SentAt: api.Time{Time: at},
	}, nil
}

// parts returns a letter's alternatives, or the whole body of a letter from an
// earlier release, which wrote no HTML.
func parts(msg *netmail.Message) (text, html string, err error) {
	mediaType, parameters, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return "", "", err
	}
	if mediaType == "text/plain" {
		body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
		return string(body), "", err
	}
	both := multipart.NewReader(msg.Body, parameters["boundary"])
	for _, into := range []*string{&text, &html} {
		part, err := both.NextPart()
		if err != nil {
			return "", "", err
		}
		body, err := io.ReadAll(part) // decoded by the reader
		if err != nil {
			return "", "", err
		}
		*into = string(body)
	}
	return text, html, nil
}
