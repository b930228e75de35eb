package main

import (
	"slices"
	"testing"
)

func TestWhatNoTestHasSeenIsListed(t *testing.T) {
	all := unseen(nil)
	if !slices.Contains(all, "apply 409 slot_full") || len(all) < 10 {
		t.Fatalf("of nothing seen: %v", all)
	}
	if left := unseen(append(all[1:], "apply 201 ", "apply 409 unknown")); !slices.Equal(left, all[:1]) {
		t.Errorf("all but the first seen: %v", left)
	}
}
