package accounts

import (
	"testing"
	"time"
)

func TestAgeIsCountedOnTheDayInSeoul(t *testing.T) {
	t.Parallel()
	beforeMidnight := time.Date(2024, 5, 10, 14, 59, 59, 0, time.UTC)
	for _, test := range []struct {
		born  BirthDate
		now   time.Time
		young bool
	}{
		{"2010-05-11", beforeMidnight, true},
		{"2010-05-11", beforeMidnight.Add(time.Second), false},
		{"2010-05-10", beforeMidnight, false},
		{"2012-02-29", time.Date(2026, 2, 28, 3, 0, 0, 0, time.UTC), true},
		{"2012-02-29", time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), false},
	} {
		if got := test.born.tooYoung(test.now); got != test.young {
			t.Errorf("born %s, at %v: too young is %v", test.born, test.now, got)
		}
	}
}
