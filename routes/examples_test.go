package routes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"freety/routes/accounts"
	"freety/routes/api"
	"freety/routes/routestest"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/crypto/bcrypt"
)

// The model as whom a demo signs in, and the password of all its people.
const (
	modelEmail = "model@freety.example"
	password   = "freety-demo"
)

// play calls a fresh demo with the examples of its document.
type play struct {
	world
	paths    object        // of the document that the server serves
	later    time.Duration // than in examples.json
	tried    map[string]bool
	recorded map[string]api.Example
}

func TestTheExamplesAreTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("examples.json")
	if err != nil {
		t.Fatal(err)
	}
	s := routestest.New(t)
	s.Clock.Move(time.Since(routestest.Start)) // to the time of the demo's data
	s.Anyone().Post("/demo/reset", nil).Want(204)
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost) // a costly one takes long under the race detector
	if err != nil {
		t.Fatal(err)
	}
	s.Exec("UPDATE accounts SET password_hash = ?", string(hash))
	p := &play{world: world{Server: s, ids: map[string]int64{}}, later: api.SinceExamples(s.Clock.Now()), tried: map[string]bool{}, recorded: map[string]api.Example{}}
	p.paths = s.Anyone().Get("/openapi.json").Want(200).JSON()["paths"].(object)
	if err := json.Unmarshal(text, &p.recorded); err != nil {
		t.Fatal(err)
	}
	p.act()
	for _, item := range s.API.OpenAPI().Paths {
		for _, op := range api.Operations(item) {
			if !p.tried[op.OperationID] && (op.RequestBody != nil || answerOf(op) != nil) {
				t.Errorf("%s is not tried", op.OperationID)
			}
		}
	}
	if !*update {
		return
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(p.recorded); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("examples.json", out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// act calls every operation that takes or answers JSON, in an order in which each
// finds what it needs.
func (p *play) act() {
	nobody := p.Anyone()
	for _, id := range []string{"health", "readiness", "listServices", "listRegions", "getDemoClock", "listRecruitments"} {
		p.try(nobody, id, nil)
	}
	p.try(nobody, "signUpByEmail", nil)
	stylist := p.As(routestest.Into[accounts.Session](p.try(nobody, "logInByEmail", nil)))
	session := routestest.Into[accounts.Session](nobody.Post("/v1/login/email", object{"email": modelEmail, "password": password}))
	model := p.As(routestest.Into[accounts.Session](p.try(nobody, "refreshSession", object{"refreshToken": session.RefreshToken})))
	p.ids["stylists"] = stylist.ID

	p.try(stylist, "getMe", nil)
	p.try(stylist, "updateProfile", nil)
	p.try(stylist, "getProfile", nil)
	p.try(nobody, "getStylist", nil)

	made := p.try(stylist, "createRecruitment", nil).JSON()
	p.ids["recruitments"] = int64(made["id"].(float64))
	p.callers = map[string]routestest.Client{"owner": stylist}
	first := p.addPhoto()
	added := p.try(stylist, "addRecruitmentPhotos", nil).JSON()["items"].([]any)
	p.try(stylist, "orderRecruitmentPhotos", object{"photoIds": []any{added[0].(object)["id"], first}})
	p.try(stylist, "updateRecruitment", nil)
	p.try(stylist, "publishRecruitment", nil)
	p.try(stylist, "closeRecruitment", nil)
	p.try(stylist, "reopenRecruitment", nil)
	p.try(stylist, "listOwnRecruitments", nil)
	p.try(model, "favoriteRecruitment", nil)
	p.try(model, "listFavorites", nil)
	p.try(model, "getRecruitment", nil)

	slot := object{"slotId": made["slots"].([]any)[0].(object)["id"]}
	for _, steps := range []string{"withdrawBooking", "declineBooking", "acceptBooking cancelBooking", "acceptBooking completeBooking"} {
		p.ids["bookings"] = int64(p.try(model, "apply", slot).JSON()["id"].(float64))
		for id := range strings.FieldsSeq(steps) {
			by := stylist
			switch id {
			case "withdrawBooking", "cancelBooking":
				by = model
			case "completeBooking":
				p.try(model, "getBooking", nil)
				p.try(model, "listBookings", nil)
				p.Clock.Move(14 * 24 * time.Hour)
			}
			p.try(by, id, nil)
		}
	}
	p.try(model, "listBookingEvents", nil)
	p.Mail(modelEmail, "예약이 확정되었어요", "예약이 확정되었어요.\n")
	p.try(nobody, "listDemoMails", nil)
	p.try(nobody, "advanceDemoClock", nil)
	p.try(model, "logOut", nil)
	p.try(nobody, "resetDemo", nil)
}

// try calls an operation with its example, in which ids replace those that do not
// exist here, and stops the test unless it succeeds as documented. The example of
// an answer must fit the schema, or it is recorded anew.
func (p *play) try(c routestest.Client, id string, ids object) routestest.Answer {
	p.T.Helper()
	path, op := p.find(id)
	documented := p.paths[path].(object)[strings.ToLower(op.Method)].(object)
	call := p.fill(path)
	if slices.ContainsFunc(op.Parameters, func(parameter *huma.Param) bool { return parameter.Name == "limit" }) {
		call += "?limit=1"
	}
	var answer routestest.Answer
	if op.RequestBody == nil {
		answer = c.Call(op.Method, call, nil)
	} else if requestBody := documented["requestBody"].(object)["content"].(object); requestBody["multipart/form-data"] != nil {
		answer = c.Upload(op.Method, call, []string{"photo: " + picture(p.T)}) // no JSON can show one
	} else {
		for mediaType, content := range requestBody {
			request, ok := content.(object)["example"].(object)
			if !ok {
				p.T.Fatalf("%s has no example of a request", id)
			}
			request = maps.Clone(request)
			maps.Copy(request, ids)
			answer = c.Call(op.Method, call, request, "Content-Type: "+mediaType)
		}
	}
	answer.Want(op.DefaultStatus)
	if schema := answerOf(op); schema != nil && !p.tried[id] {
		content := documented["responses"].(object)[fmt.Sprint(op.DefaultStatus)].(object)["content"].(object)["application/json"].(object)
		if faults := p.faults(schema, content["example"]); faults != nil && !*update {
			p.T.Errorf("%s: the example of the answer does not fit (go test ./routes -update records a new one): %v", id, faults)
		} else if faults != nil {
			p.recorded[id] = api.Example{Request: p.recorded[id].Request, Answer: p.record(answer)}
		}
	}
	p.tried[id] = true
	return answer
}

func TestTheExamplesOfADocumentAreOfItsWeek(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	for range 3 {
		request := s.Anyone().Get("/openapi.json").Want(200).JSON()["paths"].(object)["/v1/recruitments"].(object)["post"].(object)["requestBody"].(object)
		slot := request["content"].(object)["application/json"].(object)["example"].(object)["slots"].([]any)[0].(object)["startsAt"].(string)
		starts, err := time.Parse(time.RFC3339, slot)
		if ahead := starts.Sub(s.Clock.Now()); err != nil || ahead < 0 || ahead > 14*24*time.Hour || starts.Weekday() != time.Thursday {
			t.Errorf("at %s the slot of the example starts at %s", s.Clock.Now(), slot)
		}
		s.Clock.Move(10 * 24 * time.Hour)
	}
}

func (p *play) find(id string) (string, *huma.Operation) {
	for path, item := range p.API.OpenAPI().Paths {
		for _, op := range api.Operations(item) {
			if op.OperationID == id {
				return path, op
			}
		}
	}
	p.T.Fatalf("there is no %s", id)
	return "", nil
}

// answerOf is the schema of a success that is JSON, or nil.
func answerOf(op *huma.Operation) *huma.Schema {
	if content := op.Responses[fmt.Sprint(op.DefaultStatus)].Content["application/json"]; content != nil {
		return content.Schema
	}
	return nil
}

// faults compares with the schemas of huma, which know all properties.
func (p *play) faults(schema *huma.Schema, example any) []error {
	if example == nil {
		return []error{errors.New("there is none")}
	}
	var found huma.ValidateResult
	huma.Validate(p.API.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, example, &found)
	return found.Errors
}

var token = regexp.MustCompile(`"(access|refresh)Token": ?"[^"]+"`)

// record returns an answer as an example: with times of the examples' week, no
// token of anybody, and lists that are short.
func (p *play) record(answer routestest.Answer) any {
	text := api.MoveTimes(answer.Body, -p.later)
	text = token.ReplaceAll(text, []byte(`"${1}Token":"the-${1}-token"`))
	var example any
	if err := json.Unmarshal(text, &example); err != nil {
		p.T.Fatal(err)
	}
	return shortened(example)
}

func shortened(node any) any {
	const longest = 2
	switch node := node.(type) {
	case []any:
		node = node[:min(len(node), longest)]
		for i := range node {
			node[i] = shortened(node[i])
		}
		return node
	case object:
		for name, value := range node {
			node[name] = shortened(value)
		}
	}
	return node
}
