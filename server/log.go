package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"freety/db"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// newLog writes lines for people to a terminal, in colour unless NO_COLOR is set
// or the terminal has none, and JSON to anything else.
func newLog(out io.Writer) *slog.Logger {
	if !isTerminal(out) {
		return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: durationAsText}))
	}
	kind := os.Getenv("TERM")
	return slog.New(tint.NewTextHandler(out, &tint.Options{
		TimeFormat: time.TimeOnly, NoColor: os.Getenv("NO_COLOR") != "" || kind == "" || kind == "dumb",
	}))
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// durationAsText makes "1.2s" of what JSON would show as nanoseconds.
func durationAsText(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// tellFailure says once why the server ends. On a terminal it is no line of the
// log, because the reason may have several lines.
func tellFailure(stderr io.Writer, log *slog.Logger, what string, err error) {
	if isTerminal(stderr) {
		fmt.Fprintf(stderr, "\nfreety: %s:\n%s\n", what, db.Describe(err))
		return
	}
	log.Error(what, "error", db.Describe(err))
}
