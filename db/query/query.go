// Package query holds what every list shares: joining filters, escaping LIKE,
// sorts, and keyset pages with signed cursors.
package query

import (
	"strings"

	sq "github.com/Masterminds/squirrel"
)

// When returns the condition if its filter is set, and nil if not.
func When(set bool, condition sq.Sqlizer) sq.Sqlizer {
	if !set {
		return nil
	}
	return condition
}

// All joins the conditions that are not nil by AND, in their order.
func All(conditions ...sq.Sqlizer) sq.And {
	all := sq.And{}
	for _, condition := range conditions {
		if condition != nil {
			all = append(all, condition)
		}
	}
	return all
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Contains returns the LIKE pattern for texts that contain word.
func Contains(word string) string {
	return "%" + likeEscaper.Replace(word) + "%"
}
