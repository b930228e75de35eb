// Package query holds what every list shares: joining filters, escaping LIKE,
// sorts, and keyset pages with signed cursors.
package query

import (
	"strings"

	sq "github.com/Masterminds/squirrel"
)

// When is the condition if the filter that it belongs to is set, else nil.
func When(set bool, condition sq.Sqlizer) sq.Sqlizer {
	if !set {
		return nil
	}
	return condition
}

// All is the conjunction of the conditions that are not nil, in their order.
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

// Contains is the LIKE pattern of the texts that contain word.
func Contains(word string) string {
	return "%" + likeEscaper.Replace(word) + "%"
}
