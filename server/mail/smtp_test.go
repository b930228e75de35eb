package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/routes/api"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

type received struct {
	from, to, user string
	encrypted      bool
	data           []byte
}

// post is a mail server in this process.
type post struct {
	mu       sync.Mutex
	letters  []received
	rcptErr  error
	rcptHang chan struct{} // if it is not nil, nobody is answered until it is closed
	asked    chan struct{} // a recipient was named
	password string
}

func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &postSession{post: p, r: received{encrypted: encrypted}}, nil
}

type postSession struct {
	post *post
	r    received
}

func (s *postSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *postSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != s.post.password {
			return smtp.ErrAuthFailed
		}
		s.r.user = user
		return nil
	}), nil
}

func (s *postSession) Mail(from string, _ *smtp.MailOptions) error { s.r.from = from; return nil }

func (s *postSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.r.to = to
	if s.post.rcptHang != nil {
		s.post.asked <- struct{}{}
		<-s.post.rcptHang
	}
	return s.post.rcptErr
}

func (s *postSession) Data(r io.Reader) (err error) {
	if s.r.data, err = io.ReadAll(r); err != nil {
		return err
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.letters = append(s.post.letters, s.r)
	return nil
}

func (*postSession) Reset()        {}
func (*postSession) Logout() error { return nil }

func (p *post) serve(t *testing.T, offerTLS, onlyTLS bool) (addr string) {
	t.Helper()
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if offerTLS || onlyTLS {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	}
	if onlyTLS {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return listener.Addr().String()
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestSMTPSends(t *testing.T) {
	for name, c := range map[string]struct {
		login    string
		offerTLS bool
	}{
		"plain":         {},
		"with STARTTLS": {offerTLS: true},
		"signed in":     {login: "freety:s3cret%2F@"},
		"both":          {login: "freety:s3cret%2F@", offerTLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &post{password: "s3cret/"}
			s, err := NewSMTP("smtp://"+c.login+p.serve(t, c.offerTLS, false), from)
			if err != nil {
				t.Fatal(err)
			}
			m := letterTo("minji@example.com", "7.7")
			for range 2 {
				if err := s.Send(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			if len(p.letters) != 2 {
				t.Fatalf("%d letters", len(p.letters))
			}
			got := p.letters[1]
			if got.from != "no-reply@freety.example" || got.to != m.To || got.encrypted != c.offerTLS || (got.user != "") != (c.login != "") {
				t.Errorf("%+v", got)
			}
			parsed, err := netmail.ReadMessage(bytes.NewReader(got.data))
			if err != nil {
				t.Fatal(err)
			}
			if subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil || subject != m.Subject {
				t.Errorf("subject %q, %v", subject, err)
			}
		})
	}
}

func TestSMTPSaysWhatIsRefusedForGoodAndNamesNobody(t *testing.T) {
	for code, permanent := range map[int]bool{550: true, 553: true, 450: false, 421: false, 530: false} {
		p := &post{rcptErr: &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "<minji@example.com>: no"}}
		s, err := NewSMTP("smtp://"+p.serve(t, false, false), from)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), letterTo("minji@example.com", "7.7"))
		if err == nil || errors.Is(err, api.ErrHopeless) != permanent || strings.Contains(err.Error(), "minji") {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestSMTPFailures(t *testing.T) {
	p := &post{password: "right"}
	s, err := NewSMTP("smtp://freety:wrong@"+p.serve(t, false, false), from)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), letterTo("minji@example.com", "7")); err == nil || errors.Is(err, api.ErrHopeless) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}

	// A certificate that nobody vouches for.
	if s, err = NewSMTP("smtps://"+p.serve(t, false, true), from); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), letterTo("minji@example.com", "7")); err == nil || errors.Is(err, api.ErrHopeless) {
		t.Errorf("an unknown certificate: %v", err)
	}

	if len(p.letters) != 0 {
		t.Error("a letter arrived")
	}
}

func TestALetterIsSentOverTLSFromTheStart(t *testing.T) {
	p := &post{password: "s3cret"}
	s, err := NewSMTP("smtps://freety:s3cret@"+p.serve(t, false, true), from)
	if err != nil {
		t.Fatal(err)
	}
	s.tls.InsecureSkipVerify = true // nobody vouches for the test's certificate
	if err := s.Send(t.Context(), letterTo("minji@example.com", "7")); err != nil {
		t.Fatal(err)
	}
	if len(p.letters) != 1 || !p.letters[0].encrypted || p.letters[0].user != "freety" {
		t.Errorf("%+v", p.letters)
	}
}

func TestALetterIsCutOffAtOnce(t *testing.T) {
	for _, scheme := range []string{"smtp", "smtps"} {
		p := &post{rcptHang: make(chan struct{}), asked: make(chan struct{}, 1)}
		s, err := NewSMTP(scheme+"://"+p.serve(t, false, scheme == "smtps"), from)
		if err != nil {
			t.Fatal(err)
		}
		if s.tls != nil {
			s.tls.InsecureSkipVerify = true
		}
		ctx, cut := context.WithCancel(t.Context())
		go func() {
			<-p.asked
			cut()
		}()
		begin := time.Now()
		if err := s.Send(ctx, letterTo("minji@example.com", "7")); !errors.Is(err, context.Canceled) || time.Since(begin) > smtpTimeout/2 {
			t.Errorf("%s: %v after %s", scheme, err, time.Since(begin))
		}
		close(p.rcptHang)
	}

	// A server that says nothing.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s, err := NewSMTP("smtp://"+silent.Addr().String(), from)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := s.Send(ctx, letterTo("minji@example.com", "7")); err == nil || time.Since(begin) > smtpTimeout/2 {
		t.Errorf("a silent server: %v after %s", err, time.Since(begin))
	}
}

func TestSTARTTLSIsDemandedOfOtherMachines(t *testing.T) {
	for server, want := range map[string]string{
		"smtp://mail.example.com":       "mandatory",
		"smtp://a:b@192.0.2.1:25":       "mandatory",
		"smtp://localhost:1025":         "opportunistic",
		"smtp://[::1]:1025":             "opportunistic",
		"smtp://127.9.9.9":              "opportunistic",
		"smtp://localhost.example.com":  "mandatory",
		"smtps://a:b@mail.example.com":  "implicit",
		"smtps://localhost:10465/other": "implicit",
	} {
		s, err := NewSMTP(server, from)
		if err != nil {
			t.Errorf("%s: %v", server, err)
			continue
		}
		client, err := s.client(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{"TLSMandatory": "mandatory", "TLSOpportunistic": "opportunistic"}[client.TLSPolicy()]
		if strings.HasPrefix(server, "smtps") {
			got = "implicit"
		}
		if got != want {
			t.Errorf("%s: %s instead of %s", server, got, want)
		}
	}
}

func TestNewSMTPRefusesWithoutRepeatingThePassword(t *testing.T) {
	for _, server := range []string{"http://a:s3cret@example.com", "smtp://a:s3cret@:25", "smtp://a:s3cret@example.com:port", "smtp://a:s3cret@exa mple", "smtp://a:s3cret@example.com:70000"} {
		if _, err := NewSMTP(server, from); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", server, err)
		}
	}
	if _, err := NewSMTP("smtp://localhost", "nobody"); err == nil {
		t.Error("a sender without an address was accepted")
	}
}
