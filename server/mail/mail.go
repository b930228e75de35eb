// Package mail sends letters: by SMTP, or into a folder.
package mail

import (
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	"freety/routes/api"
	"freety/routes/notices"

	gomail "github.com/wneessen/go-mail"
)

var validID = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)*$`)

// sender is the sender of every letter.
type sender struct{ address *netmail.Address }

func parseSender(from string) (sender, error) {
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return sender{}, fmt.Errorf("mail: the sender cannot be read: %w", err)
	}
	return sender{address}, nil
}

func (s sender) domain() string {
	return s.address.Address[strings.LastIndexByte(s.address.Address, '@')+1:]
}

// message returns l as a mail. Nothing in l can add a header: names and subject
// are encoded, and the address must be one address and nothing else.
func (s sender) message(l notices.Letter, at time.Time) (*gomail.Msg, error) {
	if !validID.MatchString(l.ID) {
		return nil, fmt.Errorf("mail: %w: the id is malformed", api.ErrHopeless)
	}
	to, err := netmail.ParseAddress(l.To)
	if err != nil || to.Name != "" || to.Address != l.To {
		return nil, fmt.Errorf("mail: %w: the recipient's address is malformed", api.ErrHopeless)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.address)
	msg.ToMailAddress(&netmail.Address{Name: oneLine(l.ToName), Address: to.Address})
	msg.Subject(oneLine(l.Subject))
	msg.SetMessageIDWithValue(l.ID + "@" + s.domain())
	msg.SetDateWithValue(at)
	// Keeps programs from answering automatically.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, l.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return msg, nil
}

// oneLine replaces every run of white space, including line ends, by one space.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
