package notices

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"text/template"
)

// A language is a folder of templates: one for each kind, whose first line is the
// subject and whose rest tells one event, and common.txt, which puts a letter
// together from these. letter.html shows any letter as HTML.
//
//go:embed templates
var templateFiles embed.FS

const (
	defaultLanguage = "ko"
	commonFile      = "common.txt"
	subjectStart    = "Subject: "
)

// templates returns the parsed templates by language and kind. They are built in,
// so it panics if one cannot be parsed.
var templates = sync.OnceValue(func() map[string]map[Kind]*template.Template {
	all := map[string]map[Kind]*template.Template{}
	entries, err := fs.ReadDir(templateFiles, "templates")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			all[entry.Name()] = parseLanguage(path.Join("templates", entry.Name()))
		}
	}
	return all
})

func parseLanguage(folder string) map[Kind]*template.Template {
	common := template.Must(template.New(commonFile).Funcs(functions).ParseFS(templateFiles, path.Join(folder, commonFile)))
	parsed := map[Kind]*template.Template{}
	for _, kind := range kinds {
		source, err := fs.ReadFile(templateFiles, path.Join(folder, string(kind)+".txt"))
		if err != nil {
			panic(err)
		}
		// Split before it is parsed, so that no name or title can end the subject.
		subject, event, _ := strings.Cut(string(source), "\n\n")
		parsed[kind] = template.Must(common.Clone())
		template.Must(parsed[kind].New("subject").Parse(strings.TrimPrefix(subject, subjectStart)))
		template.Must(parsed[kind].New("event").Parse(event))
	}
	return parsed
}

var functions = template.FuncMap{
	"list":      func(items ...string) []string { return items },
	"thousands": thousands,
	"quote":     quote,
}

// thousands writes 10000 as 10,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

const quoteMark = "> "

// quote marks every line of what somebody wrote, so that it cannot pass for a
// part of the letter.
func quote(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return quoteMark + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+quoteMark)
}

// oneLine replaces every run of white space, including line ends, by one space.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

var htmlTemplate = sync.OnceValue(func() *htmltemplate.Template {
	return htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/letter.html"))
})

// paragraph is a part of a letter that stands between empty lines.
type paragraph struct {
	Lines  []string
	Quoted bool // whether somebody else wrote it
}

// letterData is what the templates of a letter are filled with.
type letterData struct {
	Recipient string         // empty if the address may be a stranger's
	Events    []bookingEvent // one at least
	More      int            // how many there are besides
}

// AllButFirst is how many events the letter tells besides the one in its subject.
func (l letterData) AllButFirst() int { return len(l.Events) - 1 + l.More }

var emptyLines = regexp.MustCompile(`\n{3,}`)

// write fills the templates of a kind in a language, or in Korean if there are
// none in that language.
func write(kind Kind, language string, data letterData) (Letter, error) {
	if templates()[language] == nil {
		language = defaultLanguage
	}
	t := templates()[language][kind]
	var subject, text, html bytes.Buffer
	if err := t.ExecuteTemplate(&subject, "subject line", data); err != nil {
		return Letter{}, fmt.Errorf("notices: %w", err)
	}
	if err := t.ExecuteTemplate(&text, "letter", data); err != nil {
		return Letter{}, fmt.Errorf("notices: %w", err)
	}
	l := Letter{Subject: oneLine(subject.String()), Text: strings.TrimSpace(emptyLines.ReplaceAllString(text.String(), "\n\n")) + "\n"}
	err := htmlTemplate().Execute(&html, map[string]any{"Language": language, "Subject": l.Subject, "Paragraphs": paragraphs(l.Text)})
	if err != nil {
		return Letter{}, fmt.Errorf("notices: %w", err)
	}
	l.HTML = html.String()
	return l, nil
}

func paragraphs(text string) (all []paragraph) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var p paragraph
		for line := range strings.SplitSeq(strings.TrimSpace(part), "\n") {
			rest, quoted := strings.CutPrefix(line, strings.TrimSpace(quoteMark))
			if quoted != p.Quoted && len(p.Lines) > 0 {
				all = append(all, p)
				p = paragraph{}
			}
			p.Quoted = quoted
			p.Lines = append(p.Lines, strings.TrimSpace(rest))
		}
		all = append(all, p)
	}
	return all
}
