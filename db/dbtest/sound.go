package dbtest

import (
	"testing"

	"freety/db"
	"freety/db/audit"
)

const mostFaults = 5 // of one rule; more say nothing new

// WantSound fails the test where something disagrees in the database.
func WantSound(t testing.TB, on db.Queryer) {
	t.Helper()
	for _, rule := range audit.Rules {
		faults, err := rule.Faults(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults[:min(len(faults), mostFaults)] {
			t.Error(fault)
		}
	}
}
