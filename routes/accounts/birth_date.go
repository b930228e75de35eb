package accounts

import (
	"time"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

const (
	youngest = 14
	oldest   = 120
)

// BirthDate is a date of birth. A body field of this type must have the format
// "date".
type BirthDate string

// Resolve implements huma.ResolverWithPath.
func (b BirthDate) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	switch age, known := b.age(time.Now()); {
	case !known: // the check of the format has reported it
		return nil
	case age < 0:
		return []error{api.NewFault(path.String(), "too_late", "is in the future")}
	case age > oldest:
		return []error{api.NewFault(path.String(), "too_early", "is too long ago")}
	}
	return nil
}

func (b BirthDate) age(now time.Time) (years int, known bool) {
	day, err := time.Parse(time.DateOnly, string(b))
	return api.Age(day, now), err == nil
}

// tooYoung reports whether somebody born on that day is too young for an account.
func (b BirthDate) tooYoung(now time.Time) bool {
	age, _ := b.age(now)
	return age < youngest
}
