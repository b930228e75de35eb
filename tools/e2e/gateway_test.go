package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"freety/tools/e2e/gateway"

	"github.com/versity/versitygw/auth"
)

// gate is the one S3 server of these tests: it allows one a process.
var gate struct {
	socket   string
	sessions sessions
}

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// Not t.TempDir, whose name may be too long for a socket.
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// A socket spares a search for a free port.
	gate.socket = filepath.Join(dir, "s3")
	stop, err := gateway.Start(dir, gate.socket, &gate.sessions)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the S3 server does not start:", err)
		return 1
	}
	defer stop()
	return m.Run()
}

// session is what a role's temporary credentials stand for.
type session struct{ access, secret, token string }

// sessions is the gateway's accounts: each a temporary access key that is good
// only with its session token. The gateway asks for the signing key, so it
// checks signature and token as S3 does.
type sessions struct {
	auth.IAMService // its other methods are not called

	mu      sync.Mutex
	issued  map[string]session // by access key
	expired map[string]bool    // by token
}

var (
	_ auth.IAMService         = (*sessions)(nil)
	_ auth.SigningKeyProvider = (*sessions)(nil)
)

// issue makes a session that nobody else has.
func (s *sessions) issue() session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.issued == nil {
		s.issued, s.expired = map[string]session{}, map[string]bool{}
	}
	n := len(s.issued)
	made := session{fmt.Sprintf("ASIA%016d", n), fmt.Sprintf("secret-%d", n), fmt.Sprintf("token-%d", n)}
	s.issued[made.access] = made
	return made
}

// expire ends a session, for the front to refuse it.
func (s *sessions) expire(ended session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired[ended.token] = true
}

func (s *sessions) isExpired(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expired[token]
}

func (s *sessions) account(access string) (session, auth.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.issued[access]
	if !ok {
		return session{}, auth.Account{}, auth.ErrNoSuchUser
	}
	return found, auth.Account{Access: access, Role: auth.RoleAdmin}, nil
}

func (s *sessions) GetUserAccount(access string) (auth.Account, error) {
	_, account, err := s.account(access)
	return account, err
}

func (s *sessions) DeriveSigningKey(access, token, date, region, service string) ([]byte, auth.Account, error) {
	found, account, err := s.account(access)
	if err != nil {
		return nil, auth.Account{}, err
	}
	if !hmac.Equal([]byte(token), []byte(found.token)) {
		return nil, auth.Account{}, auth.ErrInvalidSessionToken
	}
	key := []byte("AWS4" + found.secret)
	for _, part := range []string{date, region, service, "aws4_request"} {
		h := hmac.New(sha256.New, key)
		_, _ = io.WriteString(h, part)
		key = h.Sum(nil)
	}
	return key, account, nil
}

// ResolveAccounts names those of the access keys that are not there.
func (s *sessions) ResolveAccounts(keys []string) (missing []string, err error) {
	for _, key := range keys {
		if _, _, err := s.account(key); err != nil {
			missing = append(missing, key)
		}
	}
	return missing, nil
}

func (*sessions) Shutdown() error { return nil }

// front is the gateway's address in TCP, and adds the checks that it lacks: the
// session token must be signed, and an expired one gets an error of its own.
type front struct {
	*httptest.Server

	mu       sync.Mutex
	requests int
}

func newFront(t *testing.T) *front {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", gate.socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "gateway"})
			r.Out.Host = r.In.Host // It is signed.
		},
	}
	f := &front{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.requests++
		f.mu.Unlock()
		switch token := r.Header.Get("X-Amz-Security-Token"); {
		case token == "" || !tokenIsSigned(r):
			s3Error(w, http.StatusForbidden, "InvalidToken", "The session token is missing or not signed.")
		case gate.sessions.isExpired(token):
			s3Error(w, http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *front) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

func tokenIsSigned(r *http.Request) bool {
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	signed, _, _ := strings.Cut(after, ",")
	for name := range strings.SplitSeq(signed, ";") {
		if name == "x-amz-security-token" {
			return true
		}
	}
	return false
}

func s3Error(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
}
