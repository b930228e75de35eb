// Package demo fills an empty database with people, recruitments, bookings and
// pictures to try the service with, and keeps them from growing old. Its
// generator also makes the bulk data of tools/seed.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"freety/db"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/errgroup"
)

// The two accounts to sign in as; every other demo account has the same
// password.
const (
	StylistEmail = "stylist@freety.example"
	ModelEmail   = "model@freety.example"
	Password     = "freety-demo"
)

const (
	domain = "demo.freety.example" // of the other demo accounts
	seed   = 1

	stylistCount     = 60
	modelCount       = 200
	recruitmentCount = 300

	passwordCost = 12
)

// Fill writes demo data when the database has no account, and moves the slots
// of the demo's recruitments forward when all have passed. Otherwise, and in a
// database of other people's, it does nothing. Several servers may call it at
// once, and it may be killed: a database has the whole data, once, or none.
func Fill(ctx context.Context, d *db.DB, store photos.Store, now time.Time, log *slog.Logger) error {
	return (&filler{Pictures, passwordCost}).fill(ctx, d, store, now, log)
}

// filler is what takes its time: tests draw fewer pictures and hash cheaply.
type filler struct {
	draw func(context.Context) ([]Picture, error)
	cost int
}

func (f *filler) fill(ctx context.Context, d *db.DB, store photos.Store, now time.Time, log *slog.Logger) error {
	begin := time.Now()
	accounts, err := db.Select[struct{ ID int64 }](ctx, d, sq.Select("id").From("accounts").Limit(1))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if len(accounts) > 0 {
		return forward(ctx, d, now, log)
	}
	data, err := f.populate(ctx, d, store, now)
	if errors.Is(err, errFilled) {
		log.Info("another server has written the demo data")
		return nil
	}
	if err != nil {
		return err
	}
	counts := data.Counts()
	log.Info("the demo data is written", "stylists", counts.Stylists, "models", counts.Models, "recruitments", counts.Recruitments,
		"photos", counts.Photos, "bookings", counts.Bookings, "took", time.Since(begin).Round(time.Millisecond))
	return nil
}

// errFilled says that another server was first.
var errFilled = errors.New("demo: the database has been filled meanwhile")

func (f *filler) populate(ctx context.Context, d *db.DB, store photos.Store, now time.Time) (*Data, error) {
	var hash string
	var pictures []Picture
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		hash, err = hashPassword(f.cost)
		return err
	})
	group.Go(func() (err error) {
		pictures, err = f.draw(groupCtx)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	data := Generate(Plan{
		Seed: seed, Stylists: stylistCount, Models: modelCount, Recruitments: recruitmentCount, Now: now, Email: email, Pictures: pictures, Salt: domain,
	})
	// Before the rows: a row whose picture is missing would show, a picture without a row does not.
	if err := data.storePhotos(ctx, store); err != nil {
		return nil, fmt.Errorf("demo: store a photo: %w", err)
	}
	err := d.InTx(ctx, func(tx *db.Tx) error {
		err := data.Insert(ctx, tx, hash)
		// The emails are unique: of two servers one waits here for the other, and then sees its accounts.
		if db.IsDuplicate(err, "accounts_email") {
			return errFilled
		}
		return err
	})
	return data, err
}

// HashPassword is a bcrypt hash of Password.
func HashPassword() (string, error) { return hashPassword(passwordCost) }

func hashPassword(cost int) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(Password), cost)
	return string(hash), err
}

func email(role string, n int) string {
	switch {
	case n > 0:
		return fmt.Sprintf("%s-%03d@%s", role, n, domain)
	case role == "stylist":
		return StylistEmail
	}
	return ModelEmail
}
