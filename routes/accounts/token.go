package accounts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"freety/config"
	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/golang-jwt/jwt/v5"
)

const (
	issuer              = "freety"
	accessTokenLifetime = 15 * time.Minute
)

var signingMethod = jwt.SigningMethodHS256

// claims are those of an access token; its subject is the account's id.
type claims struct {
	jwt.RegisteredClaims
	SessionID int64    `json:"sid"`
	Role      api.Role `json:"role"`
}

// tokens issues and verifies access tokens.
type tokens struct {
	signer  config.JWTKey
	secrets map[string][]byte // by the header of the tokens that they sign
	parser  *jwt.Parser
}

func newTokens(keys []config.JWTKey) *tokens {
	if len(keys) == 0 {
		panic("accounts: there is no key to sign access tokens with")
	}
	t := &tokens{signer: keys[0], secrets: map[string][]byte{}, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{signingMethod.Alg()}), jwt.WithIssuer(issuer), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
	)}
	for _, key := range keys {
		text, err := unsigned(key.ID, claims{}).SigningString()
		if err != nil {
			panic(err) // claims are ours, and can be written
		}
		t.secrets[headerOf(text)] = key.Secret
	}
	return t
}

func unsigned(keyID string, c claims) *jwt.Token {
	token := jwt.NewWithClaims(signingMethod, c)
	token.Header["kid"] = keyID
	return token
}

// headerOf is the first part of a token, encoded as it is there.
func headerOf(token string) string {
	header, _, _ := strings.Cut(token, ".")
	return header
}

// issue signs an access token for caller and says when it expires.
func (t *tokens) issue(caller api.Caller, now time.Time) (string, time.Time, error) {
	// A token holds whole seconds, and the answer must give the same time.
	now = now.UTC().Truncate(time.Second)
	expires := now.Add(accessTokenLifetime)
	token := unsigned(t.signer.ID, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: strconv.FormatInt(caller.AccountID, 10), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		SessionID: caller.SessionID, Role: caller.Role,
	})
	text, err := token.SignedString(t.signer.Secret)
	return text, expires, err
}

// verify returns the caller that a token names. The token must have been issued
// here and not have expired.
func (t *tokens) verify(token string) (api.Caller, error) {
	// The base64 decoder skips line breaks, so one token would have many spellings.
	if strings.ContainsAny(token, "\r\n") {
		return api.Caller{}, errors.New("accounts: a token has no line breaks")
	}
	// Only a header that is written as ours passes: the parser ignores members
	// that it does not know, and one of them (crit) may say to refuse the token.
	secret, known := t.secrets[headerOf(token)]
	if !known {
		return api.Caller{}, errors.New("accounts: the token's header is not ours")
	}
	var c claims
	if _, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return secret, nil }); err != nil {
		return api.Caller{}, err
	}
	account, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil {
		return api.Caller{}, fmt.Errorf("accounts: the token's subject: %w", err)
	}
	return api.Caller{AccountID: account, SessionID: c.SessionID, Role: c.Role}, nil
}

// Authenticate returns who sent an access token. It also looks up the session,
// so that a token ends with its session. The error is api.ErrToken if the token
// is not valid, or no longer.
func (a *Accounts) Authenticate(ctx context.Context, token string) (api.Caller, error) {
	claimed, err := a.tokens.verify(token)
	if err != nil {
		return api.Caller{}, api.ErrToken
	}
	session, err := db.Get[struct{ Role api.Role }](ctx, a.db, sq.Select("role").From("live_sessions").
		Where(sq.Eq{"id": claimed.SessionID, "account_id": claimed.AccountID}).Where(sq.Gt{"expires_at": time.Now().UTC()}))
	if errors.Is(err, db.ErrNotFound) {
		return api.Caller{}, api.ErrToken
	}
	if err != nil {
		return api.Caller{}, err
	}
	return api.Caller{AccountID: claimed.AccountID, SessionID: claimed.SessionID, Role: session.Role}, nil
}
