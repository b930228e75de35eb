// Command codes compares the codes of errors in the document with those that a
// whole run of the tests has seen, in the file that FREETY_TEST_SEEN named, and
// fails if one was never seen. If one was seen that is not documented, the test
// that saw it has failed already. With -update it writes routes/codes.txt, from
// which the document has them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"freety/routes/api"
)

const documented = "routes/codes.txt"

func main() {
	update := flag.Bool("update", false, "write "+documented)
	flag.Parse()
	if err := run(flag.Args(), *update); err != nil {
		fmt.Fprintln(os.Stderr, "codes:", err)
		os.Exit(1)
	}
}

func run(args []string, update bool) error {
	if len(args) != 1 {
		return errors.New("usage: codes [-update] FILE")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	seen := uncommon(string(text))
	if update {
		return os.WriteFile(documented, []byte(strings.Join(seen, "\n")+"\n"), 0o644)
	}
	text, err = os.ReadFile(documented)
	if err != nil {
		return err
	}
	if missing := unseen(strings.Split(strings.TrimSpace(string(text)), "\n"), seen); len(missing) > 0 {
		return fmt.Errorf("documented in %s, but no test has seen it:\n%s", documented, strings.Join(missing, "\n"))
	}
	return nil
}

func unseen(documented, seen []string) []string {
	return slices.DeleteFunc(slices.Clone(documented), func(line string) bool { return slices.Contains(seen, line) })
}

// uncommon returns the lines about codes that are not common to all operations.
func uncommon(seen string) (lines []string) {
	for operation, codes := range api.ReadCodes(seen) {
		for status, codes := range codes {
			for _, code := range codes {
				if !api.IsCommon(status, code) {
					lines = append(lines, fmt.Sprintf("%s %d %s", operation, status, code))
				}
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
