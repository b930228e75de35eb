package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Access says who may call a route. The route itself checks who owns a resource,
// and answers 404 to those who may not see it.
type Access int

// The zero Access is no rule: a route registered with it stops the start.
const (
	Anyone Access = iota + 1
	SignedIn
	Stylists
	Models
)

// Role is the kind of an account.
type Role string

// The roles of accounts.
const (
	Stylist Role = "stylist"
	Model   Role = "model"
	Admin   Role = "admin"
)

// Schema implements huma.SchemaProvider.
func (Role) Schema(huma.Registry) *huma.Schema {
	return Enum("Role", "What an account is for.", Stylist, Model, Admin)
}

// Caller is whoever makes a request; the zero Caller is not signed in.
type Caller struct {
	AccountID int64
	SessionID int64
	Role      Role
}

// Is reports whether the caller is signed in with that role.
func (c Caller) Is(role Role) bool { return c.AccountID != 0 && c.Role == role }

// ErrToken says that an access token is not valid.
var ErrToken = errors.New("api: the access token is not valid")

// CallerOf returns the caller of the request that ctx belongs to.
func CallerOf(ctx context.Context) Caller { return requestOf(ctx).caller }

func (a Access) check(method, path string) {
	if a < Anyone || a > Models {
		panic(fmt.Sprintf("%s %s declares no access rule", method, path))
	}
}

func (a Access) signedIn() bool { return a != Anyone }

func (a Access) refuses(c Caller) *Problem {
	switch {
	case a.signedIn() && c.AccountID == 0:
		return Unauthorized("unauthenticated", "Sign in, and send the session's accessToken as Authorization: Bearer.")
	case a == Stylists && c.Role != Stylist:
		return Forbidden("Only stylists may do this, and you are not signed in as one.")
	case a == Models && c.Role != Model:
		return Forbidden("Only models may do this, and you are not signed in as one.")
	}
	return nil
}

// document describes in the contract what refuses checks.
func (a Access) document(op *huma.Operation) {
	who := map[Access]string{Anyone: "anyone", SignedIn: "anyone who is signed in", Stylists: "stylists", Models: "models"}[a]
	op.Description = strings.TrimSpace(op.Description + "\n\nFor " + who + ".")
	if a.signedIn() {
		op.Security = []map[string][]string{{"session": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
		return
	}
	op.Security = []map[string][]string{{}, {"session": {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized)
}

// admit finds the caller, and returns why the request may not pass, or nil. It
// refuses an invalid token also where none is needed, because whoever sent it
// expects to be signed in.
func (a *API) admit(ctx context.Context, r *http.Request, access Access) *Problem {
	req := requestOf(ctx)
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return Unauthorized("invalid_token", "The Authorization header must be Bearer followed by an access token.")
		}
		caller, err := a.cfg.Authenticate(ctx, strings.TrimSpace(token))
		if errors.Is(err, ErrToken) {
			return Unauthorized("invalid_token", "The access token is wrong or has expired; refresh the session or sign in again.")
		}
		if err != nil {
			return a.problemOf(ctx, err)
		}
		req.caller = caller
	}
	return access.refuses(req.caller)
}
