package api

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// Fault is one thing wrong with a request.
type Fault struct {
	Location string   `json:"location" doc:"The parameter or property that is at fault, also when it is missing." example:"body.fee"`
	Code     string   `json:"code" doc:"What is wrong with it, for programs: stable." example:"too_small"`
	Limit    *float64 `json:"limit,omitempty" doc:"The limit that it breaks, if that is a number." example:"0"`
	Message  string   `json:"message" doc:"What is wrong with it, for people, in the language that Accept-Language asks for: Korean or English." example:"must be at least 0"`

	args []any
}

// NewFault returns the fault of what is at location. The message says what is
// wrong in English, as fmt formats it; it has a translation in each of the
// languages. The first of args, if it is a number, is the limit that was broken.
func NewFault(location, code, message string, args ...any) *Fault {
	f := &Fault{Location: location, Code: code, Message: message, args: args}
	if len(args) > 0 {
		if limit, err := strconv.ParseFloat(fmt.Sprint(args[0]), 64); err == nil {
			f.Limit = &limit
		}
	}
	return f
}

// Error implements error, so that a Resolve method can return a Fault.
func (f *Fault) Error() string { return f.Location + ": " + f.Code }

// in returns the fault with its message in a language.
func (f *Fault) in(l language) *Fault {
	answer := *f
	answer.Message = l.text(f.Message, f.args)
	return &answer
}

type check struct{ code, message string }

// checks are ours in place of huma's messages.
var checks = map[*string]check{
	&validation.MsgUnexpectedProperty:       {"unknown", "is not known here"},
	&validation.MsgExpectedRequiredProperty: {"required", "is missing"},
	&validation.MsgExpectedBoolean:          {"wrong_type", "must be true or false"},
	&validation.MsgExpectedNumber:           {"wrong_type", "must be a number"},
	&validation.MsgExpectedInteger:          {"wrong_type", "must be a whole number"},
	&validation.MsgExpectedString:           {"wrong_type", "must be a text"},
	&validation.MsgExpectedArray:            {"wrong_type", "must be a list"},
	&validation.MsgExpectedObject:           {"wrong_type", "must be an object"},
	&validation.MsgExpectedRFC3339DateTime:  {"wrong_format", timeMessage},
	&validation.MsgExpectedRFC3339Date:      {"wrong_format", "must be a date such as 2001-12-31"},
	&validation.MsgExpectedRFC5322Email:     {"wrong_format", "must be an email address such as name@example.com"},
	&validation.MsgExpectedBePattern:        {"wrong_format", "must be %s"},
	&validation.MsgExpectedOneOf:            {"not_a_choice", "must be one of %s"},
	&validation.MsgExpectedMinimumNumber:    {"too_small", "must be at least %v"},
	&validation.MsgExpectedMaximumNumber:    {"too_large", "must be at most %v"},
	&validation.MsgExpectedMinLength:        {"too_short", "must have a length of at least %v"},
	&validation.MsgExpectedMaxLength:        {"too_long", "must have a length of at most %v"},
	&validation.MsgExpectedMinItems:         {"too_few", "must list at least %v"},
	&validation.MsgExpectedMaxItems:         {"too_many", "must list at most %v"},
	&validation.MsgExpectedMinProperties:    {"too_few", "must set at least %v"},
}

const timeMessage = "must be a time such as 2026-12-01T10:00:00+09:00"

// parserMessages are those of huma's parser of parameters, each with the one of the
// check that it stands for.
var parserMessages = map[string]*string{
	"invalid integer":                      &validation.MsgExpectedInteger,
	"invalid float":                        &validation.MsgExpectedNumber,
	"invalid floating value":               &validation.MsgExpectedNumber,
	"invalid boolean":                      &validation.MsgExpectedBoolean,
	"required query parameter is missing":  &validation.MsgExpectedRequiredProperty,
	"required header parameter is missing": &validation.MsgExpectedRequiredProperty,
}

// checksByMessage are the checks by what huma then says.
var checksByMessage = map[string]check{}

var otherCheck = check{"invalid", "has a value that does not fit"}

// separator stands between a message of huma's and its arguments.
const separator = "\x00"

func init() {
	for message, c := range checks {
		checksByMessage[c.message] = c
		*message = c.message
	}
	for message, same := range parserMessages {
		checksByMessage[message] = checks[same]
	}
	huma.ErrorFormatter = func(message string, args ...any) string {
		for _, arg := range args {
			// What the parser says repeats the value.
			if _, isError := arg.(error); !isError {
				message += separator + fmt.Sprint(arg)
			}
		}
		return message
	}
}

// faultOf reads what huma found.
func faultOf(found *huma.ErrorDetail) *Fault {
	message, rest, hasArgs := strings.Cut(found.Message, separator)
	var args []any
	if hasArgs {
		args = []any{rest}
	}
	c := cmp.Or(checksByMessage[message], otherCheck)
	location := found.Location
	if c.code == "required" && hasArgs {
		location, args = strings.TrimPrefix(location+"."+rest, "."), nil
	}
	return NewFault(location, c.code, c.message, args...)
}

const (
	longestLocation = 120
	mostFaults      = 100
)

// sorted returns the first fault of each location, in their order.
func sorted(found []*Fault) []*Fault {
	faults := make([]*Fault, len(found))
	for i, f := range found {
		fault := *f
		// A Change or Null is one property to a client, not an object with a value.
		fault.Location = strings.ReplaceAll(f.Location, ".-", "")
		if len(fault.Location) > longestLocation { // with names that the client chose
			fault.Location = strings.ToValidUTF8(fault.Location[:longestLocation], "") + "…"
		}
		faults[i] = &fault
	}
	slices.SortStableFunc(faults, func(a, b *Fault) int { return strings.Compare(a.Location, b.Location) })
	faults = slices.CompactFunc(faults, func(a, b *Fault) bool { return a.Location == b.Location })
	return faults[:min(len(faults), mostFaults)]
}

// faultsOf returns the faults among errs, and whether one is of a part of the path.
func faultsOf(errs []error) (faults []*Fault, inPath bool) {
	for _, err := range errs {
		var found *huma.ErrorDetail
		var fault *Fault
		switch {
		case errors.As(err, &fault):
			faults = append(faults, fault)
		case errors.As(err, &found):
			inPath = inPath || strings.HasPrefix(found.Location, "path.")
			faults = append(faults, faultOf(found))
		}
	}
	return faults, inPath
}
