package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"freety/config"
	"freety/db"
	"freety/routes/api"
	"freety/routes/routestest"

	sq "github.com/Masterminds/squirrel"
)

type object = map[string]any

type bodyInput struct {
	Body struct {
		Email    string `json:"email" format:"email"`
		Password string `json:"password" minLength:"10"`
		Website  string `json:"website,omitempty" format:"uri"`
		Count    int    `json:"count,omitempty"`
	}
}

type queryInput struct {
	Tag  []string           `query:"tag" maxItems:"3"`
	Max  api.Opt[int]       `query:"max" minimum:"0"`
	When api.Opt[time.Time] `query:"when"`
	Name string             `query:"name" maxLength:"5"`
}

type queryOutput struct {
	Body struct {
		Tags []string
		Max  int
		Set  bool
		When time.Time
	}
}

func none(context.Context, *api.None) (*api.None, error) { return nil, nil }

func failing(err error) api.Handler[api.None, api.None] {
	return func(context.Context, *api.None) (*api.None, error) { return nil, err }
}

// serve adds routes that show the kernel to Freety's own.
func serve(t testing.TB, opts ...routestest.Option) *routestest.Server {
	return routestest.New(t, append(opts, routestest.With(func(a *api.API, s *routestest.Server) {
		api.Get(a, "/signed-in", api.SignedIn, "signedIn", "", none)
		api.Get(a, "/stylists", api.Stylists, "stylists", "", none)
		api.Get(a, "/models", api.Models, "models", "", none)
		api.Post(a, "/body", api.Anyone, "body", "", func(context.Context, *bodyInput) (*api.None, error) { return nil, nil })
		api.Get(a, "/query", api.Anyone, "query", "", func(_ context.Context, in *queryInput) (*queryOutput, error) {
			out := &queryOutput{}
			out.Body.Tags, out.Body.Max, out.Body.Set, out.Body.When = in.Tag, in.Max.Value, in.Max.Set, in.When.Value
			return out, nil
		})
		api.Get(a, "/panic", api.Anyone, "panic", "", func(context.Context, *api.None) (*api.None, error) { panic("a secret") })
		api.Get(a, "/unknown-error", api.Anyone, "unknownError", "", failing(errors.New("a secret")))
		api.Get(a, "/database-error", api.Anyone, "databaseError", "", func(ctx context.Context, _ *api.None) (*api.None, error) {
			_, err := db.Exec(ctx, s.DB, sq.Insert("services").Columns("code", "name", "name_en", "position").Values("cut", "a secret", "", 99))
			return nil, err
		})
		api.Get(a, "/no-row", api.Anyone, "noRow", "", failing(fmt.Errorf("read: %w", db.ErrNotFound)), api.Fails(404))
		api.Get(a, "/database-gone", api.Anyone, "databaseGone", "", failing(fmt.Errorf("read: %w", db.ErrUnavailable)))
		api.Get(a, "/outcome-unknown", api.Anyone, "outcomeUnknown", "", failing(fmt.Errorf("write: %w", db.ErrOutcomeUnknown)))
		api.Get(a, "/named", api.Anyone, "named", "", failing(api.Unavailable("unavailable", "Not ready: all.", errors.New("the cause"))))
		api.Get(a, "/store-gone", api.Anyone, "storeGone", "", failing(fmt.Errorf("%w: a secret", api.ErrUnavailable)))
		api.Get(a, "/too-slow", api.Anyone, "tooSlow", "", failing(context.DeadlineExceeded))
		api.Get(a, "/limited", api.Anyone, "limited", "", none, api.CountsAs(api.Searches))
		api.Get(a, "/limited-too", api.Anyone, "limitedToo", "", none, api.CountsAs(api.Searches))
		api.Get(a, "/uncounted", api.Anyone, "uncounted", "", none, api.CountsAs(api.Uncounted))
		api.Post(a, "/write", api.SignedIn, "write", "", func(ctx context.Context, _ *struct{ Body *struct{} }) (*api.Body[int64], error) {
			id, err := api.Write(ctx, s.DB, func(tx *db.Tx) (int64, error) {
				_, err := db.Exec(ctx, tx, sq.Update("services").Set("name", sq.Expr("CONCAT(name, '+')")).Where(sq.Eq{"code": "cut"}))
				return 7, err
			})
			return &api.Body[int64]{Body: id}, err
		})
		api.Post(a, "/found-or-made", api.SignedIn, "foundOrMade", "", func(ctx context.Context, _ *struct{ Body *struct{} }) (*made, error) {
			status, err := api.Write(ctx, s.DB, func(tx *db.Tx) (int, error) {
				added, err := db.Exec(ctx, tx, sq.Insert("demo_clock").Options("IGNORE").Columns("id", "offset_seconds").Values(1, 0))
				return map[bool]int{true: 201, false: 200}[added == 1], err
			})
			return &made{Status: status}, err
		}, api.Status(200, 201))
		api.Get(a, "/now", api.Anyone, "now", "", func(ctx context.Context, _ *api.None) (*api.Body[[2]time.Time], error) {
			first := api.Now(ctx)
			s.Clock.Move(time.Hour)
			return &api.Body[[2]time.Time]{Body: [2]time.Time{first, api.Now(ctx)}}, nil
		})
		api.Post(a, "/takes-long", api.Anyone, "takesLong", "", func(ctx context.Context, _ *bodyInput) (*api.None, error) {
			select {
			case <-ctx.Done():
			case <-time.After(6 * time.Second):
			}
			return nil, ctx.Err()
		})
		api.Stream(a, "/stream", api.Models, func(ctx context.Context, w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, "%d %v\n", api.CallerOf(ctx).AccountID, ctx.Err())
			_ = http.NewResponseController(w).Flush()
			<-ctx.Done()
			_, _ = io.WriteString(w, "ended\n")
		})
	}))...)
}

type made struct{ Status int }

func TestEachAccessRuleAdmitsItsOwn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	stylist, model, nobody := s.Stylist(), s.Model(), s.Anyone()
	for path, statuses := range map[string][3]int{"/signed-in": {204, 204, 401}, "/stylists": {204, 403, 401}, "/models": {403, 204, 401}, "/no-row": {404, 404, 404}} {
		for i, c := range []routestest.Client{stylist, model, nobody} {
			if got := c.Get(path).Status; got != statuses[i] {
				t.Errorf("%s by caller %d: %d, want %d", path, i, got, statuses[i])
			}
		}
	}
}

func TestARouteWithoutAnAccessRuleStopsTheStart(t *testing.T) {
	defer func() {
		if cause := recover(); cause == nil || !strings.Contains(fmt.Sprint(cause), "GET /open declares no access rule") {
			t.Errorf("recovered %v", cause)
		}
	}()
	var forgotten api.Access
	api.Get(api.New(api.Config{}), "/open", forgotten, "open", "", none)
}

func TestAStreamIsAdmittedLikeAnyRouteAndEndsWithTheServer(t *testing.T) {
	t.Parallel()
	s := serve(t)
	// With the deadlines of a server, which a stream must outlast.
	server := httptest.NewUnstartedServer(s.API.Handler())
	server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	model := s.Model()
	s.Anyone().Get("/stream").Problem(401, "unauthenticated")
	model.Call("HEAD", "/stream", nil).Want(200)
	s.Stylist().Get("/stream").Problem(403, "forbidden")
	forged := model
	forged.Token += "x"
	forged.Get("/stream").Problem(401, "invalid_token")
	request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+model.Token)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	if !lines.Scan() || lines.Text() != fmt.Sprintf("%d <nil>", model.ID) {
		t.Errorf("the first line is %q", lines.Text())
	}
	time.Sleep(500 * time.Millisecond)
	s.API.EndStreams()
	if !lines.Scan() || lines.Text() != "ended" {
		t.Errorf("the last line is %q: %v", lines.Text(), lines.Err())
	}
	if answer := model.Get("/stream"); !strings.HasSuffix(string(answer.Body), "ended\n") {
		t.Errorf("a stream after the end: %s", answer.Body)
	}
	if !strings.Contains(s.Log(), `"route":"/stream","status":200`) {
		t.Errorf("%s", s.Log())
	}
}

// huma gives a body, and with it the handler, 5 seconds of its own.
func TestAHandlerHasItsTimeAlsoWhenThereIsABody(t *testing.T) {
	t.Parallel()
	serve(t).Anyone().Post("/takes-long", object{"email": "a@b.c", "password": "0123456789"}).Want(204)
}

func TestABodyThatIsEmptyNeedsNoMediaType(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Model().Call("POST", "/write", "", "Content-Type: application/x-www-form-urlencoded").Want(200)
	s.Model().Call("POST", "/write", "{}", "Content-Type: application/json ; charset=utf-8").Want(200)
}

func TestARequestSeesOneTime(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for i := range 2 {
		if got := routestest.Into[[2]time.Time](s.Anyone().Get("/now").Want(200)); !got[0].Equal(got[1]) || !got[0].Equal(routestest.Start.Add(time.Duration(i)*time.Hour)) {
			t.Errorf("%v", got)
		}
	}
}

func TestARepeatOfARouteThatFindsOrMakesSaysTheSame(t *testing.T) {
	t.Parallel()
	s := serve(t)
	model := s.Model()
	for _, c := range []struct {
		key    string
		status int
	}{{"a", 201}, {"a", 201}, {"b", 200}, {"b", 200}, {"a", 201}} {
		model.Call("POST", "/found-or-made", "{}", "Idempotency-Key: "+c.key).Want(c.status)
	}
}

func TestAKeyThatAServerOfTheReleaseBeforeClaimedIsHonoured(t *testing.T) {
	t.Parallel()
	s := serve(t)
	model := s.Model()
	model.Call("POST", "/write", "{}", "Idempotency-Key: k").Want(200)
	if n := s.Count("SELECT resource_id FROM idempotency_keys"); n != 7 {
		t.Errorf("such a server reads %d", n)
	}
	s.Exec("UPDATE idempotency_keys SET result = NULL")
	if got := model.Call("POST", "/write", "{}", "Idempotency-Key: k").Want(200); strings.TrimSpace(string(got.Body)) != "7" {
		t.Errorf("%s", got.Body)
	}
	if n := s.Count("SELECT COUNT(*) FROM services WHERE name LIKE '%++'"); n != 0 {
		t.Error("it was done again")
	}
}

func TestErrorsAreTheProblemsOfTheTableAndSayNothingOfTheInside(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.MayFail()
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"/panic": {500, "internal_error"}, "/unknown-error": {500, "internal_error"}, "/database-error": {500, "internal_error"},
		"/no-row": {404, "not_found"}, "/database-gone": {503, "unavailable"}, "/outcome-unknown": {503, "outcome_unknown"}, "/named": {503, "unavailable"}, "/store-gone": {503, "unavailable"}, "/too-slow": {503, "unavailable"},
	} {
		answer := s.Anyone().Get(path)
		answer.Problem(want.status, want.code)
		if strings.Contains(string(answer.Body), "secret") || strings.Contains(string(answer.Body), "1062") {
			t.Errorf("%s tells of the inside: %s", path, answer.Body)
		}
		if retry := answer.Header.Get("Retry-After"); (retry != "") != (want.status == 503) {
			t.Errorf("%s: Retry-After %q", path, retry)
		}
	}
	for _, noted := range []string{"/unknown-error", "/database-error", "1062", "the cause", `"panic"`} {
		if !strings.Contains(s.Log(), noted) {
			t.Errorf("the log does not tell of %s", noted)
		}
	}
	if strings.Contains(s.Log(), "'a secret'") || strings.Contains(s.Log(), "panic: a secret") {
		t.Errorf("the log holds what may be somebody's data:\n%s", s.Log())
	}
}

func TestNoErrorRepeatsWhatWasSent(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := s.Anyone()
	for _, body := range []any{
		object{"email": "s3cret", "password": "s3cret"},
		object{"email": "a@b.c", "password": 12345678901},
		object{"email": "a@b.c", "password": "0123456789", "website": "http://s3cret:x y%zz/"},
		object{"email": []string{"s3cret"}, "password": object{"s3cret": 1}},
		`{"password": "s3cret", "count": 1e400}`,
		`{"password": "s3cret"`, `"s3cret"`, `s3cret`,
		`{"email": "a@b.c", "password": "0123456789", "count": 99999999999999999999}`,
	} {
		answer := c.Post("/body", body)
		if answer.Status != 422 && answer.Status != 400 {
			t.Errorf("%v: %d", body, answer.Status)
		}
		for _, sent := range []string{"s3cret", "12345678901", "99999"} {
			if strings.Contains(string(answer.Body), sent) {
				t.Errorf("%v is repeated: %s", body, answer.Body)
			}
		}
	}
	if answer := c.Get("/query?name=s3cret&max=s3cret"); strings.Contains(string(answer.Body), "s3cret") {
		t.Errorf("%s", answer.Body)
	}
	if strings.Contains(s.Log(), "s3cret") {
		t.Errorf("the log: %s", s.Log())
	}
}

func TestABodyOfTenMegabytesIsRefusedAsTooLarge(t *testing.T) {
	t.Parallel()
	c := serve(t).Anyone()
	c.Post("/body", `{"email": "`+strings.Repeat("a", 10<<20)+`"}`).Problem(413, "too_large")
	c.Call("POST", "/body", "<a/>", "Content-Type: text/xml").Problem(415, "unsupported_media_type")
}

func TestListParametersAreRepeatedOrCommaSeparated(t *testing.T) {
	t.Parallel()
	c := serve(t).Anyone()
	for query, want := range map[string]string{
		"tag=a&tag=b": "[a b]", "tag=a,b": "[a b]", "tag=a&tag=b,c": "[a b c]", "": "[]",
	} {
		if got := fmt.Sprint(c.Get("/query?" + query).Want(200).JSON()["Tags"]); got != want && (want != "[]" || got != "<nil>") {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	c.Get("/query?tag=a,b&tag=c,d").Faults("query.tag")
	c.Get("/query?max=1&max=2").Faults("query.max")
	c.Get("/query?zz=1&aa=2&max=-1&name=longer").Faults("query.aa", "query.max", "query.name", "query.zz")
	c.Get("/query?"+strings.Repeat("n", 500)+"=1").Problem(422, "invalid_input")
	c.Get("/signed-in?a=1").Problem(401, "unauthenticated")
}

func TestAnOptionalParameterOfZeroIsSet(t *testing.T) {
	t.Parallel()
	c := serve(t).Anyone()
	if got := c.Get("/query?max=0").JSON(); got["Set"] != true || got["Max"] != 0.0 {
		t.Errorf("%v", got)
	}
	if got := c.Get("/query").JSON(); got["Set"] != false {
		t.Errorf("%v", got)
	}
	if got := c.Get("/query?when=2031-03-03T12:00:00+09:00").JSON(); got["When"] != "2031-03-03T12:00:00+09:00" {
		t.Errorf("%v", got)
	}
}

func TestManyFaultsAreCutShort(t *testing.T) {
	t.Parallel()
	c := serve(t).Anyone()
	properties := []string{}
	for i := range 5000 {
		properties = append(properties, fmt.Sprintf(`"p%d": 1`, i))
	}
	if p := c.Post("/body", "{"+strings.Join(properties, ",")+"}").Problem(422, "invalid_input"); len(p.Errors) != 100 {
		t.Errorf("%d faults", len(p.Errors))
	}
	c.Post("/body", strings.Repeat("[", 60000)+strings.Repeat("]", 60000)).Problem(400, "malformed_request")
	c.Post("/body", `{"email": "a@b.c", "password": "0123456789"} {}`).Problem(400, "malformed_request")
	c.Post("/body", `{"email": "a@b.c", "password": "0123456789", "count": 5.0}`).Want(204)
	c.Call("POST", "/body", `{"email": "a@b.c", "password": "0123456789"}`, "Content-Type: application/JSON; charset=utf-8").Want(204)
}

// twice lets a caller make two requests of a class.
var twice = func() routestest.Option {
	two := config.Limit{Requests: 2, Per: time.Hour}
	return routestest.WithLimits(config.Limits{Read: two, Search: two, Write: two})
}()

func TestALimitCountsTheRequestsOfOneClassTogether(t *testing.T) {
	t.Parallel()
	c := serve(t, routestest.InEarnest, twice).Anyone()
	c.Get("/limited").Want(204)
	c.Get("/limited-too").Want(204)
	for range 3 {
		answer := c.Get("/limited")
		answer.Problem(429, "too_many_requests")
		if wait, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 2*3600 {
			t.Errorf("Retry-After %q", answer.Header.Get("Retry-After"))
		}
	}
	c.Get("/query").Want(200)
	c.Post("/body", `{"email": "a@b.c", "password": "0123456789"}`).Want(204)
	for range 3 {
		c.Get("/uncounted").Want(204)
	}
}

func TestALimitCountsByAddressUntilSomebodySignsIn(t *testing.T) {
	t.Parallel()
	s := serve(t, routestest.InEarnest, twice)
	from := func(c routestest.Client, address string) routestest.Answer {
		t.Helper()
		return c.Call("GET", "/limited", nil, "X-Forwarded-For: "+address)
	}
	from(s.Anyone(), "203.0.113.1").Want(204)
	from(s.Anyone(), "203.0.113.1").Want(204)
	from(s.Anyone(), "203.0.113.1").Problem(429, "too_many_requests")
	from(s.Anyone(), "203.0.113.2").Want(204)
	model, stylist := s.Model(), s.Stylist()
	from(model, "203.0.113.1").Want(204)
	from(model, "203.0.113.2").Want(204)
	from(model, "203.0.113.3").Problem(429, "too_many_requests")
	from(stylist, "203.0.113.1").Want(204)
	for range 2 {
		from(s.Anyone(), "2001:db8:1:2::1").Want(204)
	}
	from(s.Anyone(), "2001:db8:1:2:ffff::1").Problem(429, "too_many_requests")
	from(s.Anyone(), "2001:db8:1:3::1").Want(204)
}

func TestDemoModeWidensLimitsAHundredTimes(t *testing.T) {
	t.Parallel()
	s := serve(t, routestest.WithLimits(config.Limits{Search: config.Limit{Requests: 1, Per: 24 * time.Hour}}))
	for range 100 {
		s.Anyone().Get("/limited").Want(204)
	}
	s.Anyone().Get("/limited").Problem(429, "too_many_requests")
}

func TestAnIdempotencyKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	s := serve(t)
	model := s.Model()
	write := func() {
		t.Helper()
		if got := model.Call("POST", "/write", "{}", "Idempotency-Key: k").Want(200); strings.TrimSpace(string(got.Body)) != "7" {
			t.Errorf("%s", got.Body)
		}
	}
	writes := func() int {
		return s.Count("SELECT CHAR_LENGTH(name) - CHAR_LENGTH(REPLACE(name, '+', '')) FROM services WHERE code = 'cut'")
	}
	write()
	write()
	if n := writes(); n != 1 {
		t.Errorf("%d writes by two requests with one key", n)
	}
	s.Exec("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 25 HOUR")
	write()
	if n := writes(); n != 2 {
		t.Errorf("%d writes after a day", n)
	}
	s.Anyone().Call("POST", "/write", "{}", "Idempotency-Key: k").Problem(401, "unauthenticated")
}

func TestTheLogHoldsThePatternAndNoQuery(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Anyone().Get("/query?name=하늘")
	s.Anyone().Get("/nowhere/하늘")
	s.Anyone().Call("GET", "/query", nil, "X-Request-Id: unsafe\tid")
	if log := s.Log(); strings.Contains(log, "하늘") || strings.Contains(log, "%ED") || strings.Contains(log, "unsafe") || !strings.Contains(log, `"route":"/query","status":200`) {
		t.Errorf("%s", log)
	}
}

func TestAge(t *testing.T) {
	birth := time.Date(2010, 3, 4, 0, 0, 0, 0, time.UTC)
	for now, want := range map[string]int{
		"2024-03-03T14:59:59Z": 13, // still the third of March in Seoul
		"2024-03-03T15:00:00Z": 14, "2024-12-31T00:00:00Z": 14, "2025-01-01T00:00:00Z": 14, "2025-03-04T00:00:00Z": 15,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := api.Age(birth, at); got != want {
			t.Errorf("%s: %d, want %d", now, got, want)
		}
	}
}

func TestZones(t *testing.T) {
	for name, want := range map[string]bool{"Asia/Seoul": true, "UTC": true, "": false, "Local": false, "Asia/Nowhere": false, "../../etc/passwd": false} {
		if got := api.IsZone(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	if api.Zone("Asia/Nowhere") != time.UTC {
		t.Error("a zone that does not exist is not UTC")
	}
}

func TestTextIsTrimmedAndComposed(t *testing.T) {
	if got := api.NewText(" \u110e\u1165\u11ba\u00a0"); got != "첫" {
		t.Errorf("%q", got)
	}
}

func TestSchemasAreNamedAfterTheirResource(t *testing.T) {
	a := api.New(api.Config{})
	a.Section("Things", "", api.PrefixOf[bodyInput]("Thing"))
	api.Get(a, "/a", api.Anyone, "a", "", func(context.Context, *api.None) (*api.Page[bodyInput], error) { return nil, nil })
	if names := a.OpenAPI().Components.Schemas.Map(); names["ThingBodyInputItems"] == nil || names["ThingBodyInput"] == nil || names["Problem"] == nil {
		t.Errorf("%v", names)
	}
}
