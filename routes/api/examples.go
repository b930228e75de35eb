package api

import (
	"encoding/json"
	"regexp"
	"time"
)

// Example is a request body and an answer of an operation.
type Example struct {
	Request any `json:"request,omitempty"`
	Answer  any `json:"answer,omitempty"`
}

// exampleWeek is when the week begins in which the examples are told.
var exampleWeek = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

const week = 7 * 24 * time.Hour

// SinceExamples returns how much later than in the examples it is, in whole weeks,
// so that a day of the week stays what it is.
func SinceExamples(now time.Time) time.Duration { return now.Sub(exampleWeek).Truncate(week) }

var quotedTime = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]+"`)

// MoveTimes moves every time in a text of JSON.
func MoveTimes(text []byte, by time.Duration) []byte {
	const layout = `"` + time.RFC3339 + `"`
	return quotedTime.ReplaceAllFunc(text, func(quoted []byte) []byte {
		at, err := time.Parse(layout, string(quoted))
		if err != nil {
			return quoted
		}
		return at.Add(by).AppendFormat(nil, layout)
	})
}

// examples returns those of the operations as of today: those of a request must
// have times to come.
func (a *API) examples() (examples map[string]Example) {
	if a.cfg.Examples == nil {
		return nil
	}
	if err := json.Unmarshal(MoveTimes(a.cfg.Examples, SinceExamples(a.cfg.Clock.Now())), &examples); err != nil {
		panic(err) // they are embedded
	}
	return examples
}

func (e Example) addTo(op tree) {
	if e.Request != nil {
		for _, content := range child(op, "requestBody", "content") {
			content.(tree)["example"] = e.Request
		}
	}
	for _, status := range []string{"200", "201"} {
		if content := child(op, "responses", status, "content", "application/json"); content != nil && e.Answer != nil {
			content["example"] = e.Answer
		}
	}
}
