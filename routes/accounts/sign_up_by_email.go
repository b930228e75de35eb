package accounts

import (
	"context"
	"slices"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

type signUpByEmailInput struct {
	Device
	Body EmailSignUp
}

// EmailSignUp is the body of a sign-up by email.
type EmailSignUp struct {
	Role       SignUpRole `json:"role" doc:"Cannot be changed later."`
	Email      Email      `json:"email" format:"email" maxLength:"254" doc:"ASCII; upper and lower case are the same." example:"name@example.com"`
	Password   Password   `json:"password" format:"password" minLength:"10" doc:"At most 72 bytes; a Hangul syllable takes 3."`
	Name       api.Name   `json:"name" minLength:"1" maxLength:"40" doc:"What others see." example:"김하늘"`
	BirthDate  BirthDate  `json:"birthDate" format:"date" doc:"Never shown to others; under 14 is 422 too_young."`
	Agreements []string   `json:"agreements,omitempty" maxItems:"20" pattern:"^[a-z0-9_.-]{1,50}$" patternDescription:"1 to 50 of a-z, 0-9 and _.-" doc:"The texts that were agreed to."`
}

// SignUpRole is the kind of an account that somebody can make.
type SignUpRole api.Role

// Schema implements huma.SchemaProvider.
func (SignUpRole) Schema(huma.Registry) *huma.Schema {
	return api.Enum("SignUpRole", "The role of an account that somebody can make.", api.Stylist, api.Model)
}

// SignUpByEmail makes an account with a password, and signs it in.
func (a *Accounts) SignUpByEmail(ctx context.Context, in *signUpByEmailInput) (*api.Created[Session], error) {
	if in.Body.BirthDate.tooYoung(time.Now()) {
		return nil, api.Invalid("too_young", "Accounts are for people aged 14 or older.", api.NewFault("body.birthDate", "too_late", "is less than %v years ago", youngest))
	}
	hash, err := a.passwords.hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	grant := newGrant()
	var sessionID int64
	var account Account
	err = a.db.InTx(ctx, func(tx *db.Tx) error {
		id, err := insertAccount(ctx, tx, &in.Body, hash, grant.now)
		if err != nil {
			return err
		}
		if sessionID, err = grant.open(ctx, tx, id, in.Device); err != nil {
			return err
		}
		if err = newAttempt(ctx, in.Body.Email).remember(ctx, tx); err != nil {
			return err
		}
		account, err = a.account(ctx, tx, id)
		return err
	})
	if db.IsDuplicate(err, "accounts_email") {
		return nil, api.Conflict("email_taken", "An account with this email already exists; log in instead.")
	}
	if err != nil {
		return nil, err
	}
	session, err := a.session(grant, sessionID, account)
	return &api.Created[Session]{Location: "/v1/me", Body: session}, err
}

func insertAccount(ctx context.Context, tx *db.Tx, s *EmailSignUp, hash string, now time.Time) (int64, error) {
	id, err := db.Insert(ctx, tx, sq.Insert("accounts").SetMap(map[string]any{
		"role": s.Role, "name": s.Name, "email": s.Email, "password_hash": hash, "birth_date": s.BirthDate, "created_at": now,
	}))
	if err != nil {
		return 0, err
	}
	profile := sq.Insert("stylists").SetMap(map[string]any{"account_id": id})
	if s.Role == SignUpRole(api.Model) {
		profile = sq.Insert("models").SetMap(map[string]any{"account_id": id, "hair_history": "[]", "districts": "[]"})
	}
	if _, err := db.Exec(ctx, tx, profile); err != nil {
		return 0, err
	}
	if len(s.Agreements) == 0 {
		return id, nil
	}
	agreements := sq.Insert("account_agreements").Columns("account_id", "agreement", "agreed_at")
	for _, agreement := range slices.Compact(slices.Sorted(slices.Values(s.Agreements))) {
		agreements = agreements.Values(id, agreement, now)
	}
	_, err = db.Exec(ctx, tx, agreements)
	return id, err
}
