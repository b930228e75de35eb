package api

import (
	"regexp"
	"time"
	_ "time/tzdata" // a server's image may have no zones of its own
)

// DefaultZone is the zone of a venue that names none, and the zone in which
// birthdays are counted.
const DefaultZone = "Asia/Seoul"

// Zone returns an IANA zone, or UTC if there is none of that name.
func Zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// zoneName excludes what a server's zone files may hold besides the zones that
// all servers know.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

// IsZone reports whether name is an IANA zone, and not the server's own zone.
func IsZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local" && zoneName.MatchString(name)
}

// Age returns the age at now of somebody born on birth, counting days in the
// default zone.
func Age(birth, now time.Time) int {
	today := now.In(Zone(DefaultZone))
	age := today.Year() - birth.Year()
	if today.Month() < birth.Month() || (today.Month() == birth.Month() && today.Day() < birth.Day()) {
		age--
	}
	return age
}
