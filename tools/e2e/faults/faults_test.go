package main

import "testing"

func TestWhichStatementsChangeSomething(t *testing.T) {
	for statement, want := range map[string][2]bool{
		"-- Who may see it.\n-- Number 1\nCREATE OR REPLACE SQL SECURITY INVOKER VIEW cards AS\nSELECT 1": {true, true},
		"INSERT INTO view_versions (id) VALUES (1)":                                                       {true, true},
		"\nALTER TABLE slots ADD COLUMN later INT":                                                        {true, false},
		"COMMIT":               {true, false},
		"SELECT 1 -- \nUPDATE": {false, false},
		"START TRANSACTION":    {false, false},
	} {
		if got := [2]bool{anyChange.MatchString(statement), viewChange.MatchString(statement)}; got != want {
			t.Errorf("%s: %v", statement, got)
		}
	}
}
