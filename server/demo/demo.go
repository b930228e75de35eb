// Package demo fills an empty database with people, recruitments, bookings and
// photos to try the service with, and resets them. Its generator also makes the
// bulk data of tools/seed.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"freety/db"
	"freety/routes/photos"
	"freety/routes/system"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/crypto/bcrypt"
)

// The two accounts to sign in as; every other demo account has the same
// password.
const (
	StylistEmail = "stylist@freety.example"
	ModelEmail   = "model@freety.example"
	Password     = "freety-demo"
)

// SignIns are those two, as they are shown to everybody.
var SignIns = []system.SignIn{
	{Role: "Stylist", Email: StylistEmail, Password: Password},
	{Role: "Model", Email: ModelEmail, Password: Password},
}

const (
	domain = "demo.freety.example" // of the other demo accounts
	seed   = 1

	stylistCount     = 60
	modelCount       = 200
	recruitmentCount = 300

	passwordCost = 12
)

// Demo is the demo data of a database. Several servers may use one database, and
// any of them may be killed: the database then has the whole data, once, or what
// it had before.
type Demo struct {
	db    *db.DB
	store photos.Store
	log   *slog.Logger
	cost  int // of the password's hash
	now   func() time.Time
}

var _ system.Resetter = (*Demo)(nil)

// New makes a Demo.
func New(d *db.DB, store photos.Store, log *slog.Logger) *Demo {
	return &Demo{db: d, store: store, log: log, cost: passwordCost, now: time.Now}
}

// isDemo finds the accounts of the demo.
var isDemo = sq.Or{sq.Eq{"email": []string{StylistEmail, ModelEmail}}, sq.Like{"email": "%@" + domain}}

// people are all those who have an account; their ids are 0 if nobody has one.
type people struct {
	Oldest, Newest int64 // ids, which only rise
	Demo           bool  // whether this is a database that was filled with demo data
}

func lookAround(ctx context.Context, on db.Queryer) (people, error) {
	// Not by their addresses: anybody can sign up with one like the demo's.
	return db.Get[people](ctx, on, sq.Select("COALESCE(MIN(id), 0) AS oldest", "COALESCE(MAX(id), 0) AS newest",
		"COALESCE((SELECT filled FROM demo_clock), FALSE) AS demo").From("accounts"))
}

// Fill writes demo data if nobody has an account yet, and leaves a database with
// other people's data alone. It reports whether there is demo data all of whose
// slots have passed at that time.
func (m *Demo) Fill(ctx context.Context, at time.Time) (passed bool, err error) {
	all, err := lookAround(ctx, m.db)
	switch {
	case err != nil || (all.Newest > 0 && !all.Demo):
		return false, err
	case all.Newest == 0:
		return false, m.replace(ctx, all)
	}
	ahead := sq.Select("r.id").From("recruitments r").Join("accounts a ON a.id = r.stylist_id").Where(isDemo).Where(sq.Gt{"r.last_slot_at": at}).Limit(1)
	found, err := db.Select[struct{ ID int64 }](ctx, m.db, ahead)
	return err == nil && len(found) == 0, err
}

// Reset replaces everything that people have left in the database with new demo
// data, and sets its clock to the real time. Those who read meanwhile see either
// the old data or the new. If several reset at once, one does it and the others
// return when it is done. In a database with other people's data Reset fails with
// system.ErrNoDemo.
func (m *Demo) Reset(ctx context.Context) error {
	all, err := lookAround(ctx, m.db)
	if err != nil {
		return err
	}
	if all.Newest > 0 && !all.Demo {
		return system.ErrNoDemo
	}
	return m.replace(ctx, all)
}

var errReplaced = errors.New("demo: the data has been replaced meanwhile")

// replace writes new demo data in place of people and all their data, unless
// somebody else has done so meanwhile.
func (m *Demo) replace(ctx context.Context, before people) error {
	begin := time.Now()
	hash, err := hashPassword(m.cost)
	if err != nil {
		return err
	}
	data := Generate(Plan{
		Seed: seed, Stylists: stylistCount, Models: modelCount, Recruitments: recruitmentCount, Now: m.now(), Email: email, Pictures: Pictures(), Salt: rand.Text(),
	})
	// Before the rows: people would see a row without its picture, but not a picture without its row.
	if err := data.storePhotos(ctx, m.db, m.store); err != nil {
		return fmt.Errorf("demo: store the photos: %w", err)
	}
	// Deleting what many people have left takes longer than a request may.
	patient, err := m.db.WithoutTimeouts()
	if err != nil {
		return err
	}
	defer func() { _ = patient.Close() }()
	err = patient.InSerializableTx(ctx, func(tx *db.Tx) error {
		// The write to the clock also lets only one such transaction through at a time, on a cluster too.
		realTime := sq.Insert("demo_clock").Columns("id", "offset_seconds", "filled").Values(1, 0, true).Suffix("ON DUPLICATE KEY UPDATE offset_seconds = 0, filled = TRUE")
		if _, err := db.Exec(ctx, tx, realTime); err != nil {
			return err
		}
		now, err := lookAround(ctx, tx)
		switch {
		case err != nil:
			return err
		case now.Oldest > before.Newest: // none of them is left, and others have come
			return errReplaced
		}
		if err := m.clear(ctx, tx); err != nil {
			return err
		}
		if err := data.keepPhotos(ctx, tx); err != nil {
			return err
		}
		if err := data.Insert(ctx, tx, hash); err != nil {
			return err
		}
		// Nobody else has this hash, as it is salted.
		_, err = db.Exec(ctx, tx, sq.Expr("INSERT INTO demo_people (account_id) SELECT id FROM accounts WHERE password_hash = ?", hash))
		return err
	})
	if errors.Is(err, errReplaced) {
		m.log.Info("the database has been filled meanwhile")
		return nil
	}
	if err != nil {
		return fmt.Errorf("demo: write the data: %w", err)
	}
	counts := data.Counts()
	m.log.Info("the demo data is written", "stylists", counts.Stylists, "models", counts.Models, "recruitments", counts.Recruitments,
		"photos", counts.Photos, "bookings", counts.Bookings, "took", time.Since(begin).Round(time.Millisecond))
	return nil
}

// HashPassword returns a bcrypt hash of Password.
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
