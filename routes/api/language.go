package api

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	textlanguage "golang.org/x/text/language"
)

// language is one that answers know besides English, in which they are written:
// its file translates each of their texts.
type language struct {
	tag   textlanguage.Tag
	texts map[string]string // by the English
}

//go:embed languages
var languageFiles embed.FS

// languages are all that there are; the first is for who asks for none of them.
var languages = append([]language{{tag: textlanguage.English}}, readLanguages()...)

var languageMatcher = func() textlanguage.Matcher {
	var tags []textlanguage.Tag
	for _, l := range languages {
		tags = append(tags, l.tag)
	}
	return textlanguage.NewMatcher(tags)
}()

func readLanguages() (read []language) {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		panic(err) // it is in the program
	}
	for _, file := range files {
		text, err := languageFiles.ReadFile(path.Join("languages", file.Name()))
		if err != nil {
			panic(err)
		}
		l := language{tag: textlanguage.MustParse(strings.TrimSuffix(file.Name(), ".json"))}
		if err := json.Unmarshal(text, &l.texts); err != nil {
			panic(fmt.Errorf("api: %s: %w", file.Name(), err))
		}
		read = append(read, l)
	}
	return read
}

// Language returns the tag of the language for texts of the request that ctx
// belongs to: one of the languages, as its Accept-Language asks.
func Language(ctx context.Context) string { return requestOf(ctx).language().tag.String() }

func (r *request) language() language { return languageFor(r.languages) }

// languageFor returns the language that an Accept-Language header asks for.
func languageFor(header string) language {
	_, index := textlanguage.MatchStrings(languageMatcher, header)
	return languages[index]
}

// text translates a text and, where there is a translation, its arguments.
func (l language) text(english string, args []any) string {
	format := english
	if known, ok := l.texts[english]; ok {
		format = known
	}
	if len(args) == 0 {
		return format
	}
	shown := make([]any, len(args))
	for i, arg := range args {
		shown[i] = arg
		if known, ok := l.texts[fmt.Sprint(arg)]; ok {
			shown[i] = known
		}
	}
	return fmt.Sprintf(format, shown...)
}
