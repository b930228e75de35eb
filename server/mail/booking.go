package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"
)

// Booking is what the letters about a booking tell one of its two parties.
type Booking struct {
	Recipient  string // the name of whom the letter is to
	Other      string // the name of the other party
	ToStylist  bool
	Title      string // of the recruitment
	Message    string // what the model wrote
	Waitlisted bool
	BySystem   bool // whether neither party cancelled
	ByOther    bool // whether the other party cancelled
	StartsAt   time.Time
	EndsAt     time.Time // in the venue's zone, like StartsAt
	Fee        int
	Services   []Service
	Venue      Venue
}

// Service is what is done, in the languages of the catalogue.
type Service struct{ Name, NameEn string }

// Venue is where it is done.
type Venue struct{ Province, District, Neighborhood, Detail string }

// ErrNoTemplate says that no letter has that name.
var ErrNoTemplate = errors.New("mail: no such template")

// A language is a folder of templates: one for each letter, the first line its
// subject, and common.txt for what they share.
//
//go:embed templates
var templateFiles embed.FS

const (
	defaultLanguage = "ko"
	commonFile      = "common.txt"
	subjectStart    = "Subject: "
)

type letter struct{ subject, text *template.Template }

// letters are the parsed templates, by language and name.
var letters = sync.OnceValues(func() (map[string]map[string]letter, error) {
	root, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	languages, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]letter{}
	for _, language := range languages {
		if all[language.Name()], err = parseLanguage(root, language.Name()); err != nil {
			return nil, fmt.Errorf("mail: templates of %s: %w", language.Name(), err)
		}
	}
	return all, nil
})

func parseLanguage(root fs.FS, language string) (map[string]letter, error) {
	common, err := template.New(commonFile).Funcs(functions).Option("missingkey=error").ParseFS(root, path.Join(language, commonFile))
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(root, path.Join(language, "*.txt"))
	if err != nil {
		return nil, err
	}
	parsed := map[string]letter{}
	for _, file := range files {
		if path.Base(file) == commonFile {
			continue
		}
		source, err := fs.ReadFile(root, file)
		if err != nil {
			return nil, err
		}
		// Split before it is parsed, so that no name or title can end the subject.
		subject, text, found := strings.Cut(string(source), "\n\n")
		if !found || !strings.HasPrefix(subject, subjectStart) {
			return nil, fmt.Errorf("%s does not begin with a subject and an empty line", file)
		}
		var l letter
		if l.subject, err = parseOn(common, strings.TrimPrefix(subject, subjectStart)); err != nil {
			return nil, err
		}
		if l.text, err = parseOn(common, text); err != nil {
			return nil, err
		}
		parsed[strings.TrimSuffix(path.Base(file), ".txt")] = l
	}
	return parsed, nil
}

func parseOn(common *template.Template, source string) (*template.Template, error) {
	own, err := common.Clone()
	if err != nil {
		return nil, err
	}
	return own.Parse(source)
}

var functions = template.FuncMap{
	"list":      func(items ...string) []string { return items },
	"thousands": thousands,
	"quote":     quote,
}

// thousands writes 10000 as 10,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// quote marks every line of what somebody wrote as theirs, so that it cannot
// pass for a part of the letter.
func quote(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return "> " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n> ")
}

// Render writes the letter of that name in a language, or in Korean where the
// language has no templates.
func Render(name, language string, b Booking) (subject, text string, err error) {
	all, err := letters()
	if err != nil {
		return "", "", err
	}
	set, ok := all[language]
	if !ok {
		set = all[defaultLanguage]
	}
	l, ok := set[name]
	if !ok {
		return "", "", fmt.Errorf("%w: %q", ErrNoTemplate, name)
	}
	// These stand in the middle of a line.
	for _, field := range []*string{&b.Recipient, &b.Other, &b.Title, &b.Venue.Province, &b.Venue.District, &b.Venue.Neighborhood, &b.Venue.Detail} {
		*field = oneLine(*field)
	}
	var out bytes.Buffer
	if err := l.subject.Execute(&out, b); err != nil {
		return "", "", fmt.Errorf("mail: %w", err)
	}
	subject = oneLine(out.String())
	out.Reset()
	if err := l.text.Execute(&out, b); err != nil {
		return "", "", fmt.Errorf("mail: %w", err)
	}
	return subject, strings.TrimSpace(out.String()) + "\n", nil
}
