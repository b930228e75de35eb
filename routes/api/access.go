package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Access says who may call a route. Who owns a resource is the route's own
// matter: it answers 404 to those who may not see it.
type Access int

// The zero Access is no rule: a route registered with it stops the start.
const (
	Anyone Access = iota + 1
	SignedIn
	Stylists
	Models
)

// Role is what an account is.
type Role string

// The roles of accounts.
const (
	Stylist Role = "stylist"
	Model   Role = "model"
	Admin   Role = "admin"
)

// Caller is who makes a request; the zero Caller is nobody signed in.
type Caller struct {
	AccountID int64
	SessionID int64
	Role      Role
}

// Is says whether the caller is signed in with that role.
func (c Caller) Is(role Role) bool { return c.AccountID != 0 && c.Role == role }

// ErrToken says that an access token is not, or no longer, good.
var ErrToken = errors.New("api: the access token is not good")

// CallerOf returns who makes the request that ctx belongs to.
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
		return Forbidden("This is for stylists; the account that is signed in is not one.")
	case a == Models && c.Role != Model:
		return Forbidden("This is for models; the account that is signed in is not one.")
	}
	return nil
}

// document tells the reader of the contract what refuses checks.
func (a Access) document(op *huma.Operation) {
	who := map[Access]string{Anyone: "anyone", SignedIn: "whoever is signed in", Stylists: "stylists", Models: "models"}[a]
	op.Description = strings.TrimSpace(op.Description + "\n\nFor " + who + ".")
	if a.signedIn() {
		op.Security = []map[string][]string{{"session": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
		return
	}
	op.Security = []map[string][]string{{}, {"session": {}}}
	op.Errors = append(op.Errors, http.StatusUnauthorized)
}

// admit finds the caller and says why the request may not pass, or nil. A token
// that is not good is refused also where none is needed: whoever sent it
// believes to be signed in.
func (a *API) admit(ctx context.Context, r *http.Request, access Access) *Problem {
	req := requestOf(ctx)
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return Unauthorized("invalid_token", "The Authorization header must be Bearer and an access token.")
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
