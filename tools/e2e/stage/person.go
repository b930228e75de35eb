package stage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	passphrase = "practice makes it"
	tokenLife  = 8 * time.Minute // less than the server's, so that none expires in hand
)

// Person is somebody with a phone.
type Person struct {
	Role, Email    string
	ID             int64
	Token, Refresh string

	since   time.Time // the tokens' age
	address string
}

// NewPerson signs somebody up.
func (s *Stage) NewPerson(ctx context.Context, role string) (*Person, error) {
	p := s.Stranger(role)
	a := s.Insist(ctx, Request{Who: p, Method: http.MethodPost, Path: "/v1/signup/email", Body: p.SignUp()}, http.StatusCreated, http.StatusConflict)
	if a.Status == http.StatusConflict {
		// An earlier try was carried out, and its answer did not come.
		return p, s.LogIn(ctx, p)
	}
	return p, p.SignedIn(a)
}

// Stranger is a person without an account.
func (s *Stage) Stranger(role string) *Person {
	n := s.people.Add(1)
	return &Person{Role: role, Email: fmt.Sprintf("%s-%d@example.com", role, n), address: fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
}

// SignUp is the body by which the person signs up.
func (p *Person) SignUp() any {
	return map[string]any{"role": p.Role, "email": p.Email, "password": passphrase, "name": "김민지", "birthDate": "2000-01-01"}
}

// LogIn gives the person a new session.
func (s *Stage) LogIn(ctx context.Context, p *Person) error {
	p.Token = ""
	return p.SignedIn(s.Insist(ctx, Request{Who: p, Method: http.MethodPost, Path: "/v1/login/email", Body: map[string]any{"email": p.Email, "password": passphrase}}, http.StatusOK))
}

// SignedIn keeps the tokens of an answer.
func (p *Person) SignedIn(a Answer) error {
	var session struct {
		AccessToken, RefreshToken string
		Account                   struct{ ID int64 }
	}
	if a.Status != http.StatusOK && a.Status != http.StatusCreated {
		return fmt.Errorf("%s cannot sign in: %s", p.Email, a)
	}
	if err := a.Read(&session); err != nil {
		return err
	}
	p.Token, p.Refresh, p.ID, p.since = session.AccessToken, session.RefreshToken, session.Account.ID, time.Now()
	return nil
}

// Renewal is the request for new tokens.
func (p *Person) Renewal() Request {
	return Request{Who: p, Method: http.MethodPost, Path: "/v1/token/refresh", Body: map[string]any{"refreshToken": p.Refresh}}
}

// Fresh gives a person new tokens when theirs are old.
func (s *Stage) Fresh(ctx context.Context, p *Person) error {
	if time.Since(p.since) < tokenLife {
		return nil
	}
	a := s.Insist(ctx, p.Renewal(), http.StatusOK, http.StatusUnauthorized)
	if a.Status == http.StatusUnauthorized {
		// An earlier try was carried out, and its answer did not come.
		return s.LogIn(ctx, p)
	}
	return p.SignedIn(a)
}

// Offer is an open recruitment with one slot.
type Offer struct {
	By       *Person
	ID, Slot int64
	Instant  bool
}

// Hour gives out the start of a slot of an hour that overlaps no other's.
func (s *Stage) Hour() time.Time {
	return time.Now().Add(time.Duration(48+2*s.hours.Add(1)) * time.Hour).UTC().Truncate(time.Hour)
}

// Recruitment is the body by which a stylist publishes one with a slot of an hour.
func Recruitment(instant bool, start time.Time, capacity int, text string) any {
	return map[string]any{
		"title": "단발 모델", "body": text, "services": []string{"cut"}, "fee": 10000, "instantBook": instant, "publish": true,
		"venue": map[string]any{"province": "서울특별시", "district": "강남구", "detail": "3층"},
		"slots": []map[string]any{{"startsAt": start, "endsAt": start.Add(time.Hour), "capacity": capacity}},
	}
}

// NewKey is an Idempotency-Key that nobody else has.
func NewKey() string { return fmt.Sprintf("%x", rand.Uint64()) }

// Publish makes a recruitment.
func (s *Stage) Publish(ctx context.Context, stylist *Person, instant bool, start time.Time, capacity int, text string) (Offer, error) {
	a := s.Insist(ctx, Request{stylist, http.MethodPost, "/v1/recruitments", Recruitment(instant, start, capacity, text), NewKey()}, http.StatusCreated)
	var made struct {
		ID    int64
		Slots []struct{ ID int64 }
	}
	if err := a.Read(&made); err != nil || len(made.Slots) == 0 {
		return Offer{}, fmt.Errorf("no recruitment was made: %s", a)
	}
	return Offer{stylist, made.ID, made.Slots[0].ID, instant}, nil
}

// Path is that of the recruitment.
func (o Offer) Path() string { return fmt.Sprintf("/v1/recruitments/%d", o.ID) }

// Apply is a model's application.
func (o Offer) Apply(model *Person, key string) Request {
	return Request{model, http.MethodPost, o.Path() + "/bookings", map[string]any{"slotId": o.Slot}, key}
}

// Act is what somebody does about a booking.
func Act(who *Person, booking int64, action, key string) Request {
	return Request{who, http.MethodPost, fmt.Sprintf("/v1/bookings/%d/%s", booking, action), nil, key}
}

// Booked makes a booking and returns its id.
func (s *Stage) Booked(ctx context.Context, o Offer, model *Person) (int64, error) {
	return IDOf(s.Insist(ctx, o.Apply(model, NewKey()), http.StatusCreated))
}

// IDOf is the id of what an answer says was made.
func IDOf(a Answer) (int64, error) {
	var made struct{ ID int64 }
	if err := a.Read(&made); err != nil || made.ID == 0 {
		return 0, fmt.Errorf("nothing was made: %s", a)
	}
	return made.ID, nil
}
