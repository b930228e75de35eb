// Package client plays the main flow with a client that oapi-codegen has made of
// the API's OpenAPI document.
package client

import (
	"context"
	"crypto/rand"
	"flag"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"
	"github.com/oapi-codegen/runtime/types"

	"freety/tools/clients/go/generated/freety"
)

var url = flag.String("url", "http://127.0.0.1:8080", "the server's address")

type answer interface {
	Status() string
	GetBody() []byte
}

// succeeded returns what a request was answered.
func succeeded[T any](t *testing.T, answer answer, err error, body func() *T) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if body() == nil {
		t.Fatalf("%s: %s", answer.Status(), answer.GetBody())
	}
	return *body()
}

// refused returns the problem with which a request was refused.
func refused(t *testing.T, answer answer, err error, problem func() *freety.Problem, code string) freety.Problem {
	t.Helper()
	got := succeeded(t, answer, err, problem)
	if got.Code != code {
		t.Fatalf("%s %s, want %s", answer.Status(), answer.GetBody(), code)
	}
	return got
}

func newClient(t *testing.T, token string) *freety.ClientWithResponses {
	t.Helper()
	client, err := freety.NewClientWithResponses(*url, freety.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func signUp(t *testing.T, role freety.SignUpRole, name string) *freety.ClientWithResponses {
	t.Helper()
	r, err := newClient(t, "").SignUpByEmailWithResponse(t.Context(), freety.EmailSignUp{
		Role: role, Name: name, Email: types.Email(rand.Text() + "@example.com"), Password: "correct horse",
		BirthDate: types.Date{Time: time.Date(1999, 4, 1, 0, 0, 0, 0, time.UTC)},
	})
	session := succeeded(t, r, err, r.GetJSON201)
	if string(session.Account.Role) != string(role) {
		t.Errorf("signed up as %s, want %s", session.Account.Role, role)
	}
	return newClient(t, session.AccessToken)
}

func TestTheMainFlowIsPlayedWithAGeneratedClient(t *testing.T) {
	ctx := t.Context()
	stylist := signUp(t, freety.SignUpRoleStylist, "Haneul")
	model := signUp(t, freety.SignUpRoleModel, "Bada")

	inDays := func(days int) time.Time { return time.Now().AddDate(0, 0, days) }
	recruitment := freety.NewRecruitment{
		Title: "First perm " + rand.Text(), Body: "Shoulder length or longer.", Services: []freety.Service{freety.ServicePerm}, Fee: -1,
		Venue:   freety.RecruitmentVenueInput{Province: "서울특별시", District: "강남구"},
		Slots:   &[]freety.RecruitmentSlotInput{{StartsAt: inDays(3), EndsAt: inDays(3).Add(2 * time.Hour)}},
		Publish: new(true),
	}
	created, err := stylist.CreateRecruitmentWithResponse(ctx, nil, recruitment)
	problem := refused(t, created, err, created.GetApplicationproblemJSON422, "invalid_input")
	if faults := *problem.Errors; len(faults) != 1 || faults[0].Location != "body.fee" || faults[0].Code != "too_small" || *faults[0].Limit != 0 {
		t.Errorf("faults of a fee under 0: %s", created.Body)
	}
	recruitment.Fee = 10000
	created, err = stylist.CreateRecruitmentWithResponse(ctx, nil, recruitment)
	detail := succeeded(t, created, err, created.GetJSON201)
	if detail.State != freety.RecruitmentStateOpen {
		t.Errorf("published, it is %s", detail.State)
	}

	listed, err := model.ListRecruitmentsWithResponse(ctx, &freety.ListRecruitmentsParams{
		Service: &[]freety.Service{freety.ServiceCut, freety.ServicePerm}, FeeMax: new(int64(10000)),
		District: &[]string{"강남구"}, Sort: new(freety.RecruitmentSortNewest),
	})
	found := succeeded(t, listed, err, listed.GetJSON200)
	if !slices.ContainsFunc(found.Items, func(card freety.RecruitmentCard) bool {
		return card.Id == detail.Id && card.Stylist.Name == "Haneul"
	}) {
		t.Errorf("%d is not found: %s", detail.Id, listed.Body)
	}
	shown, err := model.GetRecruitmentWithResponse(ctx, detail.Id)
	if detail = succeeded(t, shown, err, shown.GetJSON200); !slices.Contains(detail.AllowedActions, freety.RecruitmentActionApply) {
		t.Errorf("a model may not apply: %s", shown.Body)
	}

	application := freety.BookingApplication{SlotId: detail.Slots[0].Id, Message: new("My hair has never been treated.")}
	applied, err := model.ApplyWithResponse(ctx, detail.Id, nil, application)
	booking := succeeded(t, applied, err, applied.GetJSON201)
	if booking.State != freety.BookingStateApplied {
		t.Errorf("after the application it is %s", booking.State)
	}
	applied, err = model.ApplyWithResponse(ctx, detail.Id, nil, application)
	refused(t, applied, err, applied.GetApplicationproblemJSON409, "already_booked")

	accepted, err := stylist.AcceptBookingWithResponse(ctx, booking.Id, nil, freety.BookingReasonInput{Reason: new("See you.")})
	succeeded(t, accepted, err, accepted.GetJSON200)
	for name, party := range map[string]*freety.ClientWithResponses{"stylist": stylist, "model": model} {
		listed, err := party.ListBookingsWithResponse(ctx, &freety.ListBookingsParams{State: &[]freety.BookingState{freety.BookingStateConfirmed}})
		if items := succeeded(t, listed, err, listed.GetJSON200).Items; len(items) != 1 || items[0].Id != booking.Id {
			t.Errorf("the %s sees %s", name, listed.Body)
		}
	}

	profile, err := stylist.GetProfileWithResponse(ctx)
	succeeded(t, profile, err, profile.GetJSON200)
	etag := profile.HTTPResponse.Header.Get("ETag")
	if !strings.HasPrefix(etag, `"`) {
		t.Errorf("ETag %s is not a strong one", etag)
	}
	change := freety.ProfileChange{StatusMessage: nullable.NewNullableWithValue("Learning perms.")}
	patched, err := stylist.UpdateProfileWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, &freety.UpdateProfileParams{IfMatch: &etag}, change)
	changed := succeeded(t, patched, err, patched.GetJSON200)
	if its, err := changed.AsStylistProfile(); err != nil || its.StatusMessage != "Learning perms." {
		t.Errorf("changed to %s (%v)", patched.Body, err)
	}
	patched, err = stylist.UpdateProfileWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, &freety.UpdateProfileParams{IfMatch: &etag}, change)
	refused(t, patched, err, patched.GetApplicationproblemJSON412, "changed_meanwhile")
	patched, err = stylist.UpdateProfileWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, nil, freety.ProfileChange{StatusMessage: nullable.NewNullNullable[string]()})
	changed = succeeded(t, patched, err, patched.GetJSON200)
	if its, err := changed.AsStylistProfile(); err != nil || its.StatusMessage != "" {
		t.Errorf("cleared to %s (%v)", patched.Body, err)
	}
}
