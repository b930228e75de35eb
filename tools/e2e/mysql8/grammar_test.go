// Package mysql8 shows, as far as it can be shown without its server, that Freety runs on MySQL 8.
package mysql8

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"freety"
	"freety/db/dbtest"

	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the parser needs a type for its literals
)

func TestMigrationsAreMySQL8(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../../db/migrations/*.sql")
	if err != nil || len(paths) < 23 {
		t.Fatalf("%d migrations, %v", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		expectMySQL8(t, string(text))
	}
}

func TestViewsAreMySQL8(t *testing.T) {
	t.Parallel()
	expectMySQL8(t, freety.ViewsSQL)
}

func TestEveryStatementThatTheTestsRunIsMySQL8(t *testing.T) {
	t.Parallel()
	path := os.Getenv(dbtest.StatementsEnv)
	if path == "" {
		t.Skip("no statements are recorded: tools/test without arguments does that")
	}
	log, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	recorded, err := statements(log)
	if err != nil {
		t.Fatal(err)
	}
	// What only the whole run says: how a booking is taken, a card found, a letter sent.
	for _, some := range []string{"FROM recruitment_cards", "UPDATE bookings SET", "INSERT INTO outbox", "TABLE IF NOT EXISTS accounts"} {
		if !slices.ContainsFunc(slices.Collect(maps.Values(recorded)), func(statement string) bool { return strings.Contains(statement, some) }) {
			t.Errorf("%q is in none of %d statements", some, len(recorded))
		}
	}
	for _, statement := range recorded {
		if !tests.MatchString(statement) {
			expectMySQL8(t, statement)
		}
	}
	t.Logf("%d statements", len(recorded))
}

// tests are those that tests alone run, a trigger's too, and that the parser does not know although MySQL 8 does.
var tests = regexp.MustCompile(`^(CREATE TRIGGER|CHECKSUM TABLE|SIGNAL|SELECT .* INTO @)`)

func TestWhatOneOfTheTwoServersRefusesIsFound(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{
		"INSERT INTO accounts (name) VALUES ('a') RETURNING id",
		"CREATE OR REPLACE TABLE accounts (id INT)",
		"CREATE TABLE accounts (id UUID)",
		"SET STATEMENT max_statement_time = 1 FOR SELECT 1",
		"SELECT rank FROM accounts",
		"SELECT x'00' COLLATE uca1400_ai_ci",
		"INSERT INTO accounts (id) VALUES (1) AS new ON DUPLICATE KEY UPDATE id = new.id",
		"ALTER TABLE accounts ADD COLUMN IF NOT EXISTS a INT",
		"ALTER TABLE accounts DROP INDEX IF EXISTS a",
		"CREATE UNIQUE INDEX IF NOT EXISTS a ON accounts (id)",
		"CREATE SEQUENCE ids",
		"SELECT * FROM seq_1_to_10",
		"SELECT /*M!100000 1 + */ 1",
		"SELECT JSON_DETAILED('1')",
		"SELECT UUID_TO_BIN(UUID())",
		"SELECT ROW_NUMBER() OVER () FROM accounts",
		"SELECT name COLLATE utf8mb4_0900_ai_ci FROM accounts",
		"CREATE TABLE accounts (name TEXT COLLATE utf8mb4_ja_0900_as_cs)",
		"SELECT a->'$.b' FROM accounts",
		"SELECT a->>'$.b' FROM accounts",
		"SELECT * FROM accounts, LATERAL (SELECT 1) AS one",
		"SELECT * FROM accounts FOR SHARE",
		"ALTER TABLE accounts ADD FULLTEXT KEY names (name) WITH PARSER ngram",
	} {
		if faults(statement) == nil {
			t.Errorf("nothing is wrong with %s", statement)
		}
	}
	for _, statement := range []string{
		"SELECT 'LATERAL', 'it''s ->> RETURNING', 1 -- FOR SHARE\nFROM accounts",
		"CREATE TABLE IF NOT EXISTS accounts (id INT)",
		"SELECT COALESCE(name, '') FROM accounts FOR UPDATE",
	} {
		if wrong := faults(statement); wrong != nil {
			t.Errorf("%s: %q", statement, wrong)
		}
	}
}

func TestStatementsAreReadFromTheGeneralLog(t *testing.T) {
	t.Parallel()
	const log = "/usr/sbin/mariadbd, Version: 10.11\nTime\t\t    Id Command\tArgument\n" +
		"261121 13:33:01\t     5 Connect\troot@localhost on  using Socket\n" +
		"\t\t     5 Query\tSELECT 1,\n\t\t2\n" +
		"261121  3:33:01\t     5 Prepare\tSELECT ?\n" +
		"\t\t     5 Execute\tSELECT 3\n" +
		"\t\t     5 Close stmt\t\n" +
		"\t\t     6 Query\tSELECT a FROM t WHERE b IN ('its', \"x\", 3) AND c1 = 'a\\'b'\n" +
		"\t\t     6 Query\tSELECT a FROM t WHERE b IN ('last') AND c1 = 7\n" +
		"\t\t     6 Query\tSELECT 1,\n\t\t2\n" +
		"\t\t     6 Query\tSELECT half of it"
	got, err := statements(strings.NewReader(log))
	texts := slices.Sorted(maps.Values(got))
	if want := []string{"SELECT 1,\n\t\t2", "SELECT ?", "SELECT a FROM t WHERE b IN ('last') AND c1 = 7"}; err != nil || !slices.Equal(texts, want) {
		t.Errorf("%q, %v", texts, err)
	}
}

func expectMySQL8(t *testing.T, text string) {
	t.Helper()
	if wrong := faults(text); wrong != nil {
		t.Errorf("%.500s\n%s", text, strings.Join(wrong, "\n"))
	}
}

// faults are what in SQL MySQL 8 or MariaDB would not take, as far as its text tells.
func faults(text string) []string {
	nodes, _, err := parser.New().Parse(text, "", "")
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	if found := ofOneServer.FindString(literal.ReplaceAllString(text, "''")); found != "" {
		wrong = append(wrong, fmt.Sprintf("%q is not for both servers", found))
	}
	for _, node := range nodes {
		called := functions{}
		node.Accept(called)
		for name := range called {
			if !slices.Contains(functionsOfBoth, name) {
				wrong = append(wrong, fmt.Sprintf("is the function %s in both MySQL 8 and MariaDB 10.11? Then it belongs into functionsOfBoth", name))
			}
		}
	}
	return wrong
}

// What the parser takes although MySQL 8 or MariaDB does not: it knows all of MySQL's syntax, and adds some of
// MariaDB's.
var ofOneServer = regexp.MustCompile(`(?i)_0900_|->|\bLATERAL\b|\bFOR SHARE\b|\bWITH PARSER\b|\b(COLUMN|INDEX|KEY|CHECK) IF (NOT )?EXISTS\b|\bSEQUENCE\b|\bseq_\d+_to_|/\*M!`)

// literal is text that is no SQL.
var literal = regexp.MustCompile(`'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|--[^\n]*`)

// functionsOfBoth are in both servers; the grammar takes any name.
var functionsOfBoth = []string{
	"abs", "ascii", "asin", "cast", "char_func" /* CHAR */, "char_length", "coalesce", "concat", "concat_ws", "connection_id", "cos", "count",
	"current_timestamp", "database", "date_add", "date_format", "date_sub", "field", "find_in_set", "group_concat", "if", "json_array_append",
	"json_contains_path", "json_extract", "json_merge_patch", "json_object", "json_remove", "json_search", "json_set", "json_unquote",
	"last_insert_id", "least", "length", "max", "min", "now", "pow", "radians", "repeat", "replace", "round", "sin", "sleep", "sqrt",
	"substring", "substring_index", "sum", "time_format", "timediff", "utc_timestamp", "version",
}

// functions collects the names of the functions that a statement calls.
type functions map[string]bool

func (f functions) Enter(node ast.Node) (ast.Node, bool) {
	switch call := node.(type) {
	case *ast.FuncCallExpr:
		f[call.FnName.L] = true
	case *ast.AggregateFuncExpr:
		f[strings.ToLower(call.F)] = true
	case *ast.WindowFuncExpr:
		f[strings.ToLower(call.Name)] = true
	case *ast.FuncCastExpr:
		f["cast"] = true
	}
	return node, false
}

func (functions) Leave(node ast.Node) (ast.Node, bool) { return node, true }

// entry begins a line of MariaDB's general log: a time or none, a connection, a command and what it was given, which
// may go on over further lines.
var entry = regexp.MustCompile(`^(?:\d{6} [ \d]\d:\d\d:\d\d\t|\t\t) *\d+ ([A-Z][A-Za-z ]*)\t`)

// shape is a statement without its values, by which it is told from others. It is a loop of its own, since the log is
// too long for regular expressions under the race detector.
func shape(statement string) string {
	out := make([]byte, 0, len(statement))
	value := func() {
		out = append(bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("?, ")), []byte("?,")), '?')
	}
	for i := 0; i < len(statement); i++ {
		c := statement[i]
		isName := len(out) > 0 && (out[len(out)-1] == '_' || unicode.IsLetter(rune(out[len(out)-1])))
		switch {
		case c == '\'' || c == '"':
			for i++; i < len(statement) && statement[i] != c; i++ {
				if statement[i] == '\\' {
					i++
				}
			}
			value()
		case c >= '0' && c <= '9' && !isName:
			for i+1 < len(statement) && strings.IndexByte("0123456789.", statement[i+1]) >= 0 {
				i++
			}
			value()
		default:
			out = append(out, c)
			// Rows of values look alike.
			for _, again := range []string{"(?), (?)", "(?),(?)"} {
				if rows, found := bytes.CutSuffix(out, []byte(again)); found {
					out = append(rows, "(?)"...)
				}
			}
		}
	}
	return string(out)
}

// statements are those in a general log, one of each shape. The last entry is left out, as it may be half written; so
// are executions, which repeat what was prepared.
func statements(log io.Reader) (map[string]string, error) {
	found := map[string]string{}
	var command, text string
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		// Only at its beginning, since some lines are long.
		begin := entry.FindStringSubmatch(line[:min(len(line), 80)])
		if begin == nil {
			text += line
			continue
		}
		if command == "Query" || command == "Prepare" {
			found[shape(text)] = strings.TrimSuffix(text, "\n")
		}
		command, text = begin[1], line[len(begin[0]):]
	}
}
