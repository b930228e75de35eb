// Command conflicts compares the codes of the 409 answers that the document
// lists with those that a whole run of the tests has seen, in the file that
// FREETY_TEST_SEEN named, and fails if one was never seen. If one was seen that
// is not documented, the test that saw it has failed already.
package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"freety/config"
	"freety/routes"
	"freety/routes/api"
	"freety/routes/system"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: conflicts FILE")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "conflicts:", err)
		os.Exit(1)
	}
	missing := unseen(strings.Split(string(text), "\n"))
	for _, line := range missing {
		fmt.Fprintln(os.Stderr, "documented, but no test has seen it:", line)
	}
	if len(missing) > 0 {
		os.Exit(1)
	}
}

func unseen(seen []string) (lines []string) {
	table := routes.New(routes.Deps{JWTKeys: []config.JWTKey{{ID: "none", Secret: bytes.Repeat([]byte("-"), 32)}}, Demo: &system.Demo{}})
	for _, item := range table.OpenAPI().Paths {
		for _, op := range api.Operations(item) {
			for _, code := range api.ConflictsOf(op) {
				if line := fmt.Sprintf("%s 409 %s", op.OperationID, code); !slices.Contains(seen, line) {
					lines = append(lines, line)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}
