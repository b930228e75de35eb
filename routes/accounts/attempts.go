package accounts

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

const (
	// WrongKept is how long wrong passwords are counted after the last of them.
	WrongKept = 24 * time.Hour
	// AddressKept is how long an address counts as one that an account has signed
	// in from.
	AddressKept = 90 * 24 * time.Hour

	undoTimeout = 5 * time.Second
)

// slowing says how wrong passwords slow down the next attempt.
type slowing struct {
	free           int // wrong passwords that cost nothing
	first, longest time.Duration
}

// slowings are for one email from one address, and for one email from all
// addresses that it has not signed in from.
type slowings struct{ pair, account slowing }

func newSlowings(wide bool) slowings {
	s := slowings{slowing{5, 30 * time.Second, time.Hour}, slowing{20, 10 * time.Second, 5 * time.Minute}}
	if wide {
		s.pair.free *= api.WideFactor
		s.account.free *= api.WideFactor
	}
	return s
}

// wait returns how long nobody may try again after that many wrong passwords.
func (s slowing) wait(wrong int) time.Duration {
	if wrong < s.free {
		return 0
	}
	wait := s.first
	for ; wrong > s.free && wait < s.longest; wrong-- {
		wait *= 2
	}
	return min(wait, s.longest)
}

// attempt is one login. It counts as wrong from its beginning, so that of many at
// once, on any server, none passes uncounted. An email that no account has is
// counted like any other, so that nobody learns which have one.
type attempt struct {
	now           time.Time
	pair, account []byte // keys of what is counted
	known         bool   // whether the account has signed in from this address before
}

func newAttempt(ctx context.Context, email Email) *attempt {
	hash := func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		return sum[:]
	}
	return &attempt{
		now:     time.Now().UTC().Truncate(time.Microsecond),
		pair:    hash(api.ClientNetwork(ctx) + "\x00" + string(email)),
		account: hash(string(email)),
	}
}

// atOnce is a time that lies behind for every server, however their clocks differ.
func (a *attempt) atOnce() time.Time { return a.now.Add(-WrongKept) }

// begin counts the attempt, or refuses it because of those before.
func (a *attempt) begin(ctx context.Context, d *db.DB, s slowings) error {
	return d.InTx(ctx, func(tx *db.Tx) (err error) {
		if a.known, err = a.count(ctx, tx, a.pair, s.pair); err != nil || a.known {
			return err
		}
		_, err = a.count(ctx, tx, a.account, s.account)
		return err
	})
}

func (a *attempt) count(ctx context.Context, tx *db.Tx, who []byte, s slowing) (known bool, err error) {
	counted, err := db.Exec(ctx, tx, sq.Update("sign_in_attempts").
		Set("wrong", sq.Expr("IF(tried_at < ?, 1, wrong + 1)", a.now.Add(-WrongKept))).Set("tried_at", a.now).
		Where(sq.Eq{"who": who}).Where(sq.LtOrEq{"next_at": a.now}))
	if err != nil {
		return false, err
	}
	row, err := db.Get[struct {
		Wrong      int
		NextAt     time.Time
		SignedInAt *time.Time
	}](ctx, tx, sq.Select("wrong", "next_at", "signed_in_at").From("sign_in_attempts").Where(sq.Eq{"who": who}))
	if errors.Is(err, db.ErrNotFound) {
		_, err = db.Exec(ctx, tx, sq.Insert("sign_in_attempts").SetMap(map[string]any{"who": who, "wrong": 1, "tried_at": a.now, "next_at": a.atOnce()}))
		if db.IsDuplicate(err, "PRIMARY") {
			return a.count(ctx, tx, who, s)
		}
		return false, err
	}
	if err != nil {
		return false, err
	}
	if counted == 0 && row.NextAt.After(a.now) {
		return false, api.TooManyRequests(row.NextAt.Sub(a.now))
	}
	if counted == 0 {
		return a.count(ctx, tx, who, s) // another attempt was the first, just now
	}
	if wait := s.wait(row.Wrong); wait > 0 {
		_, err = db.Exec(ctx, tx, sq.Update("sign_in_attempts").Set("next_at", a.now.Add(wait)).Where(sq.Eq{"who": who}))
	}
	return row.SignedInAt != nil && a.now.Sub(*row.SignedInAt) < AddressKept, err
}

// undo takes back an attempt in which no password was compared.
func (a *attempt) undo(ctx context.Context, d *db.DB) error {
	// The caller may have gone away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	return d.InTx(ctx, func(tx *db.Tx) error {
		if err := a.discount(ctx, tx, a.pair); err != nil || a.known {
			return err
		}
		return a.discount(ctx, tx, a.account)
	})
}

func (a *attempt) discount(ctx context.Context, tx *db.Tx, who []byte) error {
	_, err := db.Exec(ctx, tx, sq.Update("sign_in_attempts").Set("wrong", sq.Expr("wrong - 1")).Set("next_at", a.atOnce()).
		Where(sq.Eq{"who": who}).Where(sq.Gt{"wrong": 0}))
	return err
}

// succeed forgets the wrong passwords from this address, and remembers it.
func (a *attempt) succeed(ctx context.Context, tx *db.Tx) error {
	if err := a.remember(ctx, tx); err != nil || a.known {
		return err
	}
	return a.discount(ctx, tx, a.account)
}

// remember notes that the account has signed in from this address.
func (a *attempt) remember(ctx context.Context, tx *db.Tx) error {
	_, err := db.Exec(ctx, tx, sq.Insert("sign_in_attempts").SetMap(map[string]any{"who": a.pair, "wrong": 0, "tried_at": a.now, "next_at": a.atOnce(), "signed_in_at": a.now}).
		Suffix("ON DUPLICATE KEY UPDATE wrong = VALUES(wrong), tried_at = VALUES(tried_at), next_at = VALUES(next_at), signed_in_at = VALUES(signed_in_at)"))
	return err
}
