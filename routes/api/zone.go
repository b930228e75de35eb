package api

import (
	"regexp"
	"time"
	_ "time/tzdata" // a server's image may have no zones of its own
)

// DefaultZone is where a venue is that names no zone, and where birthdays are
// counted.
const DefaultZone = "Asia/Seoul"

// Zone loads an IANA zone; one that does not exist is UTC.
func Zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// zoneName leaves out what the files of a server may hold besides the zones
// that all servers know.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

// IsZone says whether name is an IANA zone by itself, not the server's own.
func IsZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local" && zoneName.MatchString(name)
}

// Age is how many birthdays have passed since birth, on the day that now is in
// the default zone.
func Age(birth, now time.Time) int {
	today := now.In(Zone(DefaultZone))
	age := today.Year() - birth.Year()
	if today.Month() < birth.Month() || (today.Month() == birth.Month() && today.Day() < birth.Day()) {
		age--
	}
	return age
}
