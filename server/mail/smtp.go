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
	tls     *tls.Config // of a connection that is encrypted from its start; else nil
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
	options := []gomail.Option{gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop()}
	port := smtpPort
	signIn := gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover)
	var encrypted *tls.Config
	switch {
	case u.Scheme == "smtps":
		port = smtpsPort
		encrypted = &tls.Config{ServerName: u.Hostname()}
		options = append(options, gomail.WithSSL())
		// To discover one by itself, the library would have to have made the connection.
		signIn = gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
	case u.Scheme != "smtp":
		return nil, errors.New("mail: the mail server's URL must begin with smtp:// or smtps://")
	case isLoopback(u.Hostname()):
		// The connection does not leave this machine, for which no authority issues a certificate.
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}))
		signIn = gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc)
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
		options = append(options, signIn, gomail.WithUsername(user), gomail.WithPassword(password))
	}
	out := &SMTP{from: s, host: u.Hostname(), tls: encrypted, options: options}
	_, err = out.client(context.Background())
	return out, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// client returns a client for one letter, whose connection is closed when ctx
// ends: the library itself uses a context only until it is connected.
func (s *SMTP) client(ctx context.Context) (*gomail.Client, error) {
	dial := func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(dialling, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if s.tls == nil {
			return conn, nil
		}
		encrypted := tls.Client(conn, s.tls)
		return encrypted, encrypted.HandshakeContext(dialling)
	}
	client, err := gomail.NewClient(s.host, append([]gomail.Option{gomail.WithDialContextFunc(dial)}, s.options...)...)
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
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	client, err := s.client(ctx)
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
