// Package freety holds what the whole module shares by embedding: the read
// models of views.sql.
package freety

import _ "embed"

// ViewsSQL is the text of views.sql: CREATE OR REPLACE VIEW statements, each
// ended by a semicolon at the end of a line.
//
//go:embed views.sql
var ViewsSQL string
