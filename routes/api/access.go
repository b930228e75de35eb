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
		return newProblem(http.StatusUnauthorized, "unauthenticated", "Sign in, and send the session's accessToken as Authorization: Bearer.")
	case a == Stylists && c.Role != Stylist:
		return newProblem(http.StatusForbidden, "forbidden", "This is for stylists; the account that is signed in is not one.")
	case a == Models && c.Role != Model:
		return newProblem(http.StatusForbidden, "forbidden", "This is for models; the account that is signed in is not one.")
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

// admit finds the caller and lets the request pass when access allows it. A
// token that is not good is refused also where none is needed: whoever sent it
// believes to be signed in.
func (a *API) admit(access Access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		req := requestOf(ctx.Context())
		if header := ctx.Header("Authorization"); header != "" {
			scheme, token, _ := strings.Cut(header, " ")
			if !strings.EqualFold(scheme, "Bearer") {
				a.refuse(ctx, newProblem(http.StatusUnauthorized, "invalid_token", "The Authorization header must be Bearer and an access token."))
				return
			}
			caller, err := a.cfg.Authenticate(ctx.Context(), strings.TrimSpace(token))
			if errors.Is(err, ErrToken) {
				a.refuse(ctx, newProblem(http.StatusUnauthorized, "invalid_token", "The access token is wrong or has expired; refresh the session or sign in again."))
				return
			}
			if err != nil {
				a.refuse(ctx, a.problemOf(ctx.Context(), err))
				return
			}
			req.caller = caller
		}
		if problem := access.refuses(req.caller); problem != nil {
			a.refuse(ctx, problem)
			return
		}
		next(ctx)
	}
}

// refuse answers a request from a middleware.
func (a *API) refuse(ctx huma.Context, p *Problem) {
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	p.RequestID = requestOf(ctx.Context()).id
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(p.Status)
	_, _ = ctx.BodyWriter().Write(p.encode())
}
