package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// speakers are the functions that are handed a text for people.
var speakers = []string{
	"newProblem", "NewFault", "fault", "Conflict", "WrongState", "Invalid", "Unauthorized", "Unavailable",
	"Forbidden", "TooLarge", "UnsupportedMedia", "Malformed", "unacceptable", "problem", "open",
}

// texts collects what routes say to people in English, and all of their literals.
func texts(t *testing.T) (said, literals map[string]bool) {
	t.Helper()
	said, literals = map[string]bool{}, map[string]bool{}
	for _, c := range checks {
		said[c.message] = true
	}
	said[otherCheck.message] = true
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.BasicLit:
				if text, ok := literal(node); ok {
					literals[text] = true
					literals[reflect.StructTag(text).Get("patternDescription")] = true
				}
			case *ast.CallExpr:
				name := ""
				switch called := node.Fun.(type) {
				case *ast.Ident:
					name = called.Name
				case *ast.SelectorExpr:
					name = called.Sel.Name
				}
				if !slices.Contains(speakers, name) {
					return true
				}
				for _, arg := range node.Args {
					// A code or location has no space.
					if text, ok := literal(arg); ok && strings.Contains(text, " ") {
						said[text] = true
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return said, literals
}

func literal(node ast.Expr) (string, bool) {
	lit, ok := node.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil && text != ""
}

var verb = regexp.MustCompile(`%\[?\d*\]?[a-z]`)

func TestEveryTextHasATranslationInEachLanguage(t *testing.T) {
	t.Parallel()
	said, literals := texts(t)
	if len(said) < 80 {
		t.Errorf("only %d texts were found", len(said))
	}
	for _, l := range languages[1:] {
		for text := range said {
			if l.texts[text] == "" {
				t.Errorf("%s: nothing for %q", l.tag, text)
			}
		}
		for english, translation := range l.texts {
			if !literals[english] {
				t.Errorf("%s: nobody says %q", l.tag, english)
			}
			if a, b := verb.FindAllString(english, -1), verb.FindAllString(translation, -1); !slices.Equal(a, b) {
				t.Errorf("%s: %q has %q, its translation %q", l.tag, english, a, b)
			}
		}
	}
}

func TestTheLanguageIsTheOneThatIsAskedFor(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "en", "ko": "ko", "ko-KR,ko;q=0.9,en-US;q=0.8": "ko", "en-GB": "en", "fr, ko;q=0.5": "ko", "fr": "en", "en;q=0.1, ko;q=0": "en",
		";;;": "en", strings.Repeat("-", 5000): "en",
	} {
		if got := languageFor(header).tag.String(); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
}
