package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

const (
	sessionLifetime   = 60 * 24 * time.Hour
	refreshTokenBytes = 32
	longestUserAgent  = 200
)

// Session is the answer to signing in.
type Session struct {
	AccessToken           string   `json:"accessToken" doc:"Send it as Authorization: Bearer."`
	AccessTokenExpiresAt  api.Time `json:"accessTokenExpiresAt" doc:"Refresh the session before this time; in UTC."`
	RefreshToken          string   `json:"refreshToken" doc:"Good for one refresh, which gives the next; using it again ends the session."`
	RefreshTokenExpiresAt api.Time `json:"refreshTokenExpiresAt" doc:"When the session ends if it is not refreshed; in UTC."`
	Account               Account  `json:"account" doc:"Who has signed in."`
}

// Device is what a request says about the phone or browser that sent it.
type Device struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
}

// name returns the user agent, cut to the length of its column.
func (d Device) name() string {
	runes := []rune(strings.ToValidUTF8(d.UserAgent, ""))
	return string(runes[:min(len(runes), longestUserAgent)])
}

// grant is a new refresh token and its times. It is made before the transaction,
// which does only SQL.
type grant struct {
	token   string
	now     time.Time
	expires time.Time // also of the session
}

func newGrant() grant {
	var random [refreshTokenBytes]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
	now := time.Now().UTC().Truncate(time.Microsecond)
	return grant{base64.RawURLEncoding.EncodeToString(random[:]), now, now.Add(sessionLifetime)}
}

// hashOf returns what is stored for a refresh token. A plain hash is enough,
// because a token is too random to guess.
func hashOf(refreshToken string) []byte {
	sum := sha256.Sum256([]byte(refreshToken))
	return sum[:]
}

// open starts a session of an account and returns its id.
func (g grant) open(ctx context.Context, tx *db.Tx, account int64, device Device) (int64, error) {
	session, err := db.Insert(ctx, tx, sq.Insert("sessions").SetMap(map[string]any{
		"account_id": account, "user_agent": device.name(), "created_at": g.now, "last_used_at": g.now, "expires_at": g.expires,
	}))
	if err != nil {
		return 0, err
	}
	return session, g.store(ctx, tx, session)
}

// extend prolongs a session, and reports whether it was still alive.
func (g grant) extend(ctx context.Context, tx *db.Tx, session int64) (bool, error) {
	alive, err := db.Exec(ctx, tx, sq.Update("sessions").Set("last_used_at", g.now).Set("expires_at", g.expires).
		Where(sq.Eq{"id": session, "ended_at": nil}).Where(sq.Gt{"expires_at": g.now}))
	if err != nil || alive == 0 {
		return false, err
	}
	return true, g.store(ctx, tx, session)
}

func (g grant) store(ctx context.Context, tx *db.Tx, session int64) error {
	_, err := db.Exec(ctx, tx, sq.Insert("refresh_tokens").SetMap(map[string]any{
		"token_hash": hashOf(g.token), "session_id": session, "created_at": g.now,
	}))
	return err
}

// session makes the answer for g, which must be stored already.
func (a *Accounts) session(g grant, session int64, account Account) (Session, error) {
	access, expires, err := a.tokens.issue(api.Caller{AccountID: account.ID, SessionID: session, Role: account.Role}, g.now)
	if err != nil {
		return Session{}, err
	}
	return Session{
		AccessToken: access, AccessTokenExpiresAt: api.Time{Time: expires},
		RefreshToken: g.token, RefreshTokenExpiresAt: api.Time{Time: g.expires},
		Account: account,
	}, nil
}
