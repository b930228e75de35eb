// Command seed fills a database with as many recruitments as a load test needs,
// with the people, slots, favorites and bookings that belong to them:
//
//	go run ./tools/seed -recruitments 100000 -dsn 'user:password@tcp(127.0.0.1:3306)/freety'
//
// The database is migrated first. Running it again adds more.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"freety/db"
	"freety/server/demo"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
)

const (
	dsnVariable = "FREETY_DATABASE_DSN"

	// batch is how many recruitments a transaction writes. Nothing in a batch
	// refers to another one.
	batch                  = 1000
	recruitmentsPerStylist = 50
	recruitmentsPerModel   = 20
	writers                = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out, progress io.Writer) (err error) {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	flags.SetOutput(progress)
	recruitments := flags.Int("recruitments", 100_000, "how many recruitments to add")
	// The variable is not the flag's default, because the usage would print its password.
	dsn := flags.String("dsn", "", "the database, user:password@tcp(host:3306)/freety; default: "+dsnVariable)
	seed := flags.Uint64("seed", 1, "chooses the content; the same seed gives the same")
	withPhotos := flags.Bool("photos", false, "add rows of photos too; their pictures are stored nowhere, so their URLs answer 404")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dsn == "" {
		*dsn = getenv(dsnVariable)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *recruitments < 1:
		return errors.New("-recruitments must be at least 1")
	case *dsn == "":
		return errors.New("no database: give -dsn or set " + dsnVariable + " to user:password@tcp(host:3306)/freety; " +
			"for the private database of a running server it is root@unix(SOCKET)/freety, with the socket that the server logs at its start")
	}
	d, err := db.Open(ctx, *dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	s := &seeder{db: d, total: *recruitments, seed: *seed, token: strings.ToLower(rand.Text()[:8]), now: time.Now()}
	if s.hash, err = demo.HashPassword(); err != nil {
		return err
	}
	if *withPhotos {
		s.pictures = demo.Pictures()
	}
	return s.run(ctx, out, progress)
}

// seeder is one run.
type seeder struct {
	db       *db.DB
	total    int
	seed     uint64
	token    string // keeps the emails of runs apart
	now      time.Time
	hash     string
	pictures []demo.Picture

	written                                              atomic.Int64
	stylists, models, slots, favorites, bookings, photos atomic.Int64
}

func (s *seeder) run(ctx context.Context, out, progress io.Writer) error {
	bar := progressbar.NewOptions(s.total, progressbar.OptionSetWriter(progress), progressbar.OptionSetDescription("Seeding"), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("recruitments"), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200*time.Millisecond))
	begin := time.Now()
	err := s.write(ctx, bar)
	_ = bar.Exit()
	took := time.Since(begin)
	fmt.Fprintf(progress, "\n")
	fmt.Fprintf(out, "%d recruitments, %d stylists, %d models, %d slots, %d favorites, %d bookings, %d photos in %.1f s: %.0f recruitments/s\n",
		s.written.Load(), s.stylists.Load(), s.models.Load(), s.slots.Load(), s.favorites.Load(), s.bookings.Load(), s.photos.Load(), took.Seconds(),
		float64(s.written.Load())/took.Seconds())
	if s.written.Load() > 0 {
		fmt.Fprintf(out, "Sign in as %s or %s with the password %s\n", s.email(0)("stylist", 0), s.email(0)("model", 0), demo.Password)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("stopped after %d of %d; what is written is complete", s.written.Load(), s.total)
	}
	return err
}

// write makes batches in one goroutine and writes them in a few others.
func (s *seeder) write(ctx context.Context, bar *progressbar.ProgressBar) error {
	batches := make(chan *demo.Data, writers)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		for n := 0; n*batch < s.total; n++ {
			select {
			case batches <- s.generate(n):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range writers {
		group.Go(func() error {
			for data := range batches {
				if err := s.db.InTx(ctx, func(tx *db.Tx) error { return data.Insert(ctx, tx, s.hash) }); err != nil {
					return err
				}
				counts := data.Counts()
				s.count(counts)
				_ = bar.Add(counts.Recruitments)
			}
			return nil
		})
	}
	return group.Wait()
}

func (s *seeder) generate(n int) *demo.Data {
	size := min(batch, s.total-n*batch)
	return demo.Generate(demo.Plan{
		Seed: s.seed<<32 + uint64(n), Recruitments: size, Stylists: max(size/recruitmentsPerStylist, 1), Models: max(size/recruitmentsPerModel, 1),
		Now: s.now, Email: s.email(n), Pictures: s.pictures, Salt: fmt.Sprintf("%s-%d-", s.token, n),
	})
}

func (s *seeder) email(batch int) func(role string, n int) string {
	return func(role string, n int) string {
		return fmt.Sprintf("%s-%d-%d@%s.seed.freety.example", role, batch, n, s.token)
	}
}

func (s *seeder) count(c demo.Counts) {
	s.written.Add(int64(c.Recruitments))
	s.stylists.Add(int64(c.Stylists))
	s.models.Add(int64(c.Models))
	s.slots.Add(int64(c.Slots))
	s.favorites.Add(int64(c.Favorites))
	s.bookings.Add(int64(c.Bookings))
	s.photos.Add(int64(c.Photos))
}
