package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"freety/routes/api"
	"freety/routes/notices"

	gomail "github.com/wneessen/go-mail"
)

const (
	smtpTimeout = 20 * time.Second
	smtpPort    = 587
	smtpsPort   = 465
)

// SMTP sends letters through a mail server. It is a notices.Mailer.
type SMTP struct {
	from    sender
	host    string
	options []gomail.Option
}

// NewSMTP takes the server from smtp://user:password@host:587, which must offer
// STARTTLS unless it is on this machine, or smtps://user:password@host:465. It
// does not connect. from is the sender of every letter.
func NewSMTP(server, from string) (*SMTP, error) {
	s, err := parseSender(from)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		// The error of the parser would repeat the password.
		return nil, errors.New("mail: the mail server's URL cannot be read")
	}
	// Each letter has its own connection, so that none can go stale between two letters.
	options := []gomail.Option{gomail.WithoutNoop()}
	port := smtpPort
	switch {
	case u.Scheme == "smtps":
		port = smtpsPort
		options = append(options, gomail.WithSSL())
	case u.Scheme != "smtp":
		return nil, errors.New("mail: the mail server's URL must begin with smtp:// or smtps://")
	case isLoopback(u.Hostname()):
		// The connection does not leave this machine, for which no authority issues a certificate.
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil {
			return nil, errors.New("mail: the mail server's port is not a number")
		}
	}
	options = append(options, gomail.WithPort(port))
	if user := u.User.Username(); user != "" {
		password, _ := u.User.Password()
		auth := gomail.SMTPAuthAutoDiscover
		if isLoopback(u.Hostname()) && u.Scheme == "smtp" {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	out := &SMTP{from: s, host: u.Hostname(), options: options}
	_, err = out.client(smtpTimeout)
	return out, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// client returns a client that bounds dialling, and then each letter, by timeout.
func (s *SMTP) client(timeout time.Duration) (*gomail.Client, error) {
	client, err := gomail.NewClient(s.host, append([]gomail.Option{gomail.WithTimeout(timeout)}, s.options...)...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}

// Send implements notices.Mailer. No error contains anybody's address.
func (s *SMTP) Send(ctx context.Context, l notices.Letter) error {
	msg, err := s.from.message(l, time.Now())
	if err != nil {
		return err
	}
	// The library uses the context only until it is connected.
	timeout := smtpTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	if timeout <= 0 {
		return fmt.Errorf("mail: %w", context.DeadlineExceeded)
	}
	client, err := s.client(timeout)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() {
		// Delivered, even if closing the connection failed.
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("mail: %w", context.Cause(ctx))
	}
	text := address.ReplaceAllString(err.Error(), "…")
	var failed *gomail.SendError
	if errors.As(err, &failed) && isPermanent(failed) {
		return fmt.Errorf("mail: %w: %s", api.ErrHopeless, text)
	}
	return errors.New("mail: " + text)
}

var address = regexp.MustCompile(`\S*@\S*`)

// isPermanent reports whether the failure is about this one letter and will not
// change. If a sign-in or a sender is refused, we can correct that and then the
// letter is sent.
func isPermanent(failed *gomail.SendError) bool {
	aboutTheLetter := failed.Reason == gomail.ErrSMTPRcptTo || failed.Reason == gomail.ErrSMTPDataClose
	return aboutTheLetter && failed.ErrorCode() >= 550 && failed.ErrorCode() < 560
}
