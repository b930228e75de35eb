package system

import (
	"regexp"
	"strconv"
	"time"
)

const (
	day             = 24 * time.Hour
	longestDuration = 3660 * day
)

// Each unit has no more digits than a Duration can hold. Years and months are
// left out, because their length depends on when they begin.
var durationPattern = regexp.MustCompile(`^P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?)$`)

var durationUnits = []time.Duration{7 * day, day, time.Hour, time.Minute, time.Second}

// parseDuration reads an ISO 8601 duration in whole seconds, longer than zero and
// at most ten years.
func parseDuration(text string) (sum time.Duration, ok bool) {
	parts := durationPattern.FindStringSubmatch(text)
	if parts == nil || text[len(text)-1] == 'T' || text == "P" {
		return 0, false
	}
	for i, unit := range durationUnits {
		if digits := parts[i+1]; digits != "" {
			n, err := strconv.Atoi(digits)
			if err != nil {
				return 0, false
			}
			sum += time.Duration(n) * unit
		}
	}
	return sum, sum > 0 && sum <= longestDuration
}
