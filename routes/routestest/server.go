// Package routestest runs the whole API on a real database and a real photo
// store for a test, and calls it as a client would.
package routestest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/config"
	"freety/db"
	"freety/db/dbtest"
	"freety/routes"
	"freety/routes/api"
	"freety/routes/notices"
	"freety/routes/photos"
	"freety/routes/system"
	"freety/server/demo"
	"freety/server/mail"
	"freety/server/photostore"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
)

// PublicURL is what the URLs of a server begin with.
const PublicURL = "https://freety.example"

// Start is the time that a Clock begins at: a Monday noon in Seoul.
var Start = time.Date(2031, 3, 3, 3, 0, 0, 0, time.UTC)

// Server serves the whole API on a database and a store of its own.
type Server struct {
	T     testing.TB
	DB    *db.DB
	Clock *Clock
	Store *Store
	API   *api.API
	HTTP  *httptest.Server

	mails *mail.Files
	log   buffer
	calls calls
}

// Option changes a server before it is made.
type Option func(*routes.Deps, *[]Register)

// Register adds routes to a server that is made but for its API.
type Register func(a *api.API, s *Server)

// InEarnest is a server that is not in demo mode: no /demo routes, and limits
// that are not widened.
func InEarnest(d *routes.Deps, _ *[]Register) { d.Demo = nil }

// WithLimits sets limits; there are none otherwise. A request says by
// X-Forwarded-For where it comes from.
func WithLimits(l config.Limits) Option {
	return func(d *routes.Deps, _ *[]Register) {
		d.Limits, d.Proxies = l, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}
}

// WithDemo replaces the mails and the clock of the demo's routes.
func WithDemo(mails system.MailBox, clock system.Advancer) Option {
	return func(d *routes.Deps, _ *[]Register) { d.Demo = &system.Demo{Mails: mails, Clock: clock} }
}

// With registers routes besides those of the table.
func With(register Register) Option {
	return func(_ *routes.Deps, more *[]Register) { *more = append(*more, register) }
}

// New serves the API until the test ends. It is in demo mode.
func New(t testing.TB, opts ...Option) *Server { return On(t, dbtest.New(t), opts...) }

// On is New on a database that is there.
func On(t testing.TB, d *db.DB, opts ...Option) *Server {
	t.Helper()
	disk, err := photostore.NewDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mails, err := mail.NewFiles(t.TempDir(), "no-reply@freety.example")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{T: t, DB: d, Clock: &Clock{now: Start}, Store: &Store{Store: disk}, mails: mails}
	deps := routes.Deps{
		DB: d, Store: s.Store, Clock: s.Clock, PublicURL: PublicURL, PasswordCost: bcrypt.MinCost,
		JWTKeys:     []config.JWTKey{{ID: "test", Secret: bytes.Repeat([]byte("k"), 32)}},
		CORSOrigins: []string{"https://app.freety.example"},
		Log:         slog.New(slog.NewJSONHandler(&s.log, nil)),
	}
	deps.Demo = &system.Demo{Mails: mails, Clock: s.Clock, Data: demo.New(d, s.Store, deps.Log), SignIns: demo.SignIns}
	var more []Register
	for _, opt := range opts {
		opt(&deps, &more)
	}
	s.API = routes.New(deps)
	for _, register := range more {
		register(s.API, s)
	}
	s.calls.learn(s.API.OpenAPI())
	s.HTTP = httptest.NewServer(s.API.Handler())
	t.Cleanup(s.close)
	return s
}

func (s *Server) close() {
	s.API.EndStreams()
	s.HTTP.Close()
	s.calls.save(s.T)
	if strings.Contains(s.Log(), api.NotClaimed) {
		s.T.Error(api.NotClaimed)
	}
	if s.T.Failed() {
		s.T.Logf("the server's log:\n%s", s.Log())
	}
}

// Log is what the server has logged so far.
func (s *Server) Log() string { return s.log.String() }

// Exec runs a statement on the database.
func (s *Server) Exec(statement string, args ...any) {
	s.T.Helper()
	if _, err := s.DB.ExecContext(s.T.Context(), statement, args...); err != nil {
		s.T.Fatalf("%s: %v", statement, err)
	}
}

// Count is the one number that a query answers.
func (s *Server) Count(statement string, args ...any) int {
	s.T.Helper()
	var n int
	if err := s.DB.QueryRowContext(s.T.Context(), statement, args...).Scan(&n); err != nil {
		s.T.Fatalf("%s: %v", statement, err)
	}
	return n
}

// MayFail says that the test makes the server fail: without it, a 500 is an error.
func (s *Server) MayFail() { s.calls.mayFail = true }

// Deliver carries out the tasks of the outbox that are letters, in their order,
// and returns those letters that are sent. A letter that waits for more of its kind
// does not keep the test waiting.
func (s *Server) Deliver() []notices.Letter {
	s.T.Helper()
	sent := &letters{}
	handlers := notices.Handlers(s.DB, sent)
	for {
		tasks, err := db.Select[api.Task](s.T.Context(), s.DB, sq.Select(db.Columns[api.Task]()...).From("outbox").Where("account_id IS NOT NULL").OrderBy("id").Limit(1))
		if err != nil {
			s.T.Fatal(err)
		}
		if len(tasks) == 0 {
			return sent.all
		}
		err = handlers[tasks[0].Kind](s.T.Context(), tasks[0])
		if notYet := (*api.NotYet)(nil); errors.As(err, &notYet) {
			s.Exec("UPDATE notices SET letter_at = letter_at - INTERVAL 1 MINUTE")
			continue
		}
		if err != nil && !errors.Is(err, api.ErrMoot) {
			s.T.Fatalf("the letter %s: %v", tasks[0].Kind, err)
		}
		s.Exec("DELETE FROM outbox WHERE id = ?", tasks[0].ID)
	}
}

// Confirm makes the addresses of people count as confirmed.
func (s *Server) Confirm(people ...Client) {
	s.T.Helper()
	for _, c := range people {
		s.Exec("UPDATE accounts SET email_verified = TRUE WHERE id = ?", c.ID)
	}
}

// Mail puts a letter into the folder that GET /demo/mails shows.
func (s *Server) Mail(to, subject, text string) {
	s.T.Helper()
	if err := s.mails.Send(s.T.Context(), notices.Letter{ID: "1", To: to, Subject: subject, Text: text, HTML: "<p></p>"}); err != nil {
		s.T.Fatal(err)
	}
}

type letters struct{ all []notices.Letter }

func (l *letters) Send(_ context.Context, letter notices.Letter) error {
	l.all = append(l.all, letter)
	return nil
}

// Clock is a clock that the test moves.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements api.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move moves the clock forward.
func (c *Clock) Move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// Advance implements system.Advancer.
func (c *Clock) Advance(_ context.Context, by time.Duration) (time.Time, error) {
	c.Move(by)
	return c.Now(), nil
}

// Read implements system.Advancer: nobody else moves this clock.
func (c *Clock) Read(context.Context) error { return nil }

// Store is a store on disk that can be told to fail.
type Store struct {
	photos.Store
	mu      sync.Mutex
	failure error
	wait    time.Duration
	objects []string
}

// Fail makes everything that is asked of the store fail after a wait; with nil,
// it works again.
func (s *Store) Fail(err error, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.wait = err, wait
}

// Objects are the names of what was put into the store.
func (s *Store) Objects() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.objects)
}

func (s *Store) works() error {
	s.mu.Lock()
	failure, wait := s.failure, s.wait
	s.mu.Unlock()
	time.Sleep(wait)
	return failure
}

// Put implements photos.Store.
func (s *Store) Put(ctx context.Context, key, contentType string, body io.ReadSeeker, size int64) error {
	if err := s.works(); err != nil {
		return err
	}
	s.mu.Lock()
	s.objects = append(s.objects, key)
	s.mu.Unlock()
	return s.Store.Put(ctx, key, contentType, body, size)
}

// Get implements photos.Store.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	if err := s.works(); err != nil {
		return nil, 0, err
	}
	return s.Store.Get(ctx, key)
}

// Ready implements photos.Store.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.works(); err != nil {
		return err
	}
	return s.Store.Ready(ctx)
}

// buffer can be written to by many requests at once.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
