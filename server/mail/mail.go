// Package mail writes the letters that Freety sends, and sends them: by SMTP,
// or into a folder.
package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Mail is one letter to one person.
type Mail struct {
	ID      string // lower-case letters, digits and dots; a letter sent again has the same, and so the same Message-ID
	To      string
	ToName  string
	Subject string
	Text    string
}

// ErrRefused says that a letter will never be delivered: sending it again
// would end the same way.
var ErrRefused = errors.New("mail: refused for good")

var validID = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)*$`)

// sender is whom every letter is from.
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

// message is m as it travels. Nothing in m can add a header: names and subject
// are encoded, and the address must be one address and nothing else.
func (s sender) message(m Mail, at time.Time) (*gomail.Msg, error) {
	if !validID.MatchString(m.ID) {
		return nil, fmt.Errorf("%w: the id is malformed", ErrRefused)
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil || to.Name != "" || to.Address != m.To {
		return nil, fmt.Errorf("%w: the recipient's address is malformed", ErrRefused)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.address)
	msg.ToMailAddress(&netmail.Address{Name: oneLine(m.ToName), Address: to.Address})
	msg.Subject(oneLine(m.Subject))
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain())
	msg.SetDateWithValue(at)
	// Keeps answering machines from answering.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

// oneLine is text with every run of white space, line ends too, as one space.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
