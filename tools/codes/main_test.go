package main

import (
	"slices"
	"testing"
)

func TestCodesThatAnyRouteMayAnswerAreLeftOut(t *testing.T) {
	t.Parallel()
	seen := uncommon("apply 409 slot_full\napply 201 \napply 422 invalid_input\nsignUpByEmail 422 too_young\nsignUpByEmail 422 invalid_input\napply 409 slot_full\n\n")
	want := []string{"apply 409 slot_full", "signUpByEmail 422 too_young"}
	if !slices.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

func TestWhatNoTestHasSeenIsListed(t *testing.T) {
	t.Parallel()
	documented := []string{"apply 409 slot_full", "apply 409 wrong_state"}
	if missing := unseen(documented, documented[:1]); !slices.Equal(missing, documented[1:]) {
		t.Errorf("got %v", missing)
	}
}
