// Package audit finds what disagrees in a database: what is stored twice and
// differs, and transactions of which only a part is there.
package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a machine may have no zones of its own

	"freety/db"

	sq "github.com/Masterminds/squirrel"
)

// Rule is something that must hold in every database.
type Rule struct {
	// Says is what is wrong with a row that breaks the rule, as a format for the
	// row's id, what is stored, and what that should be.
	Says  string
	query string                   // the rows that break it
	wrong func(*disagreement) bool // whether a row that was found breaks it; nil: every one
}

type disagreement struct {
	ID           int64
	Kept, Actual *string
}

// holders are the states of bookings that hold a seat and take time, and live
// those of bookings that may still take place.
const (
	holders = "('offered', 'confirmed')"
	live    = "('applied', 'waitlisted', 'offered', 'confirmed')"
)

// Rules are all the rules. Together they read the whole database.
var Rules = []Rule{
	{
		Says: "account %d: is a %s, but has the profile of a %s",
		query: "SELECT a.id, a.role AS kept, CONCAT_WS(' and a ', IF(s.account_id IS NULL, NULL, 'stylist'), IF(m.account_id IS NULL, NULL, 'model')) AS actual " +
			"FROM accounts a LEFT JOIN stylists s ON s.account_id = a.id LEFT JOIN models m ON m.account_id = a.id HAVING IF(kept = 'admin', '', kept) <> actual",
	},
	{
		Says: "session %d: has %s unused refresh tokens instead of %s",
		query: "SELECT s.id, COUNT(t.token_hash) AS kept, 1 AS actual FROM sessions s LEFT JOIN refresh_tokens t ON t.session_id = s.id AND t.used_at IS NULL " +
			"WHERE s.ended_at IS NULL AND s.expires_at > UTC_TIMESTAMP(6) GROUP BY s.id HAVING kept <> actual",
	},
	{
		Says:  "account %d: an Idempotency-Key of %s names resource %s, which does not exist",
		query: "SELECT account_id AS id, route AS kept, resource_id AS actual FROM idempotency_keys WHERE resource_id = 0 AND result IS NULL",
	},
	{
		Says: "recruitment %d: services is %s, but recruitment_services holds %s",
		query: "SELECT r.id, r.services AS kept, COALESCE(GROUP_CONCAT(s.service ORDER BY s.service), '') AS actual FROM recruitments r LEFT JOIN recruitment_services s ON s.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.services " +
			"HAVING COUNT(s.service) <> 1 + LENGTH(kept) - LENGTH(REPLACE(kept, ',', '')) OR SUM(FIND_IN_SET(s.service, r.services) = 0) > 0",
	},
	{
		Says: "recruitment %d: the public point is %s, but the exact one is %s",
		query: "SELECT id, CONCAT(public_lat, ',', public_lng) AS kept, CONCAT(lat, ',', lng) AS actual FROM recruitments WHERE lat IS NOT NULL AND (" +
			"ABS(public_lat - lat) > 0.0010001 OR ABS(public_lng - lng) > 0.0010001 OR " +
			"ABS(public_lat * 500 - ROUND(public_lat * 500)) > 0.000001 OR ABS(public_lng * 500 - ROUND(public_lng * 500)) > 0.000001)",
	},
	{
		Says: "recruitment %d: photo_count is %s, but it has %s photos",
		query: "SELECT r.id, r.photo_count AS kept, COUNT(p.photo_id) AS actual FROM recruitments r LEFT JOIN recruitment_photos p ON p.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.photo_count HAVING kept <> actual",
	},
	{
		Says: "recruitment %d: the cover is photo %s, but the first one is %s",
		query: "SELECT r.id, COALESCE(r.cover_photo_id, 0) AS kept, p.photo_id AS actual FROM recruitments r JOIN recruitment_photos p ON p.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' AND NOT EXISTS (SELECT 1 FROM recruitment_photos q WHERE q.recruitment_id = r.id AND q.position < p.position) HAVING kept <> actual",
	},
	{
		Says:  "photo %d: belongs to account %s, but is shown by a recruitment of %s",
		query: "SELECT p.id, p.owner_id AS kept, r.stylist_id AS actual FROM recruitment_photos rp JOIN photos p ON p.id = rp.photo_id JOIN recruitments r ON r.id = rp.recruitment_id HAVING kept <> actual",
	},
	{
		Says: "recruitment %d: favorite_count is %s, but %s models keep it",
		query: "SELECT r.id, r.favorite_count AS kept, COUNT(f.model_id) AS actual FROM recruitments r LEFT JOIN favorites f ON f.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.favorite_count HAVING kept <> actual",
	},
	{
		Says: "recruitment %d: booking_count is %s, but there are %s bookings",
		query: "SELECT r.id, r.booking_count AS kept, COUNT(b.id) AS actual FROM recruitments r LEFT JOIN bookings b ON b.recruitment_id = r.id " +
			"GROUP BY r.id, r.booking_count HAVING kept <> actual",
	},
	{
		Says: "recruitment %d: last_slot_at is %s, but the last slot starts at %s",
		query: "SELECT r.id, r.last_slot_at AS kept, MAX(s.starts_at) AS actual FROM recruitments r LEFT JOIN slots s ON s.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.last_slot_at HAVING NOT kept <=> actual",
	},
	{
		Says:  "slot %d: weekday is %s, but it starts on %s",
		query: "SELECT s.id, s.weekday AS kept, DATE_FORMAT(s.starts_at, CONCAT('%Y-%m-%dT%H:%i:%sZ ', r.zone)) AS actual FROM slots s JOIN recruitments r ON r.id = s.recruitment_id",
		wrong: onAnotherWeekday,
	},
	{
		Says: "slot %d: taken is %s, but %s bookings hold a seat",
		query: "SELECT s.id, s.taken AS kept, COUNT(b.id) AS actual FROM slots s LEFT JOIN bookings b ON b.slot_id = s.id AND b.state IN " + holders +
			" GROUP BY s.id, s.taken HAVING kept <> actual",
	},
	{
		Says: "booking %d: is for slot and stylist %s, which its recruitment has as %s",
		query: "SELECT b.id, CONCAT(s.recruitment_id, '/', b.stylist_id) AS kept, CONCAT(b.recruitment_id, '/', r.stylist_id) AS actual " +
			"FROM bookings b JOIN slots s ON s.id = b.slot_id JOIN recruitments r ON r.id = b.recruitment_id HAVING kept <> actual",
	},
	{
		Says: "booking %d: is %s, but its last event made it %s",
		query: "SELECT b.id, b.state AS kept, COALESCE(e.state, 'nothing') AS actual FROM bookings b LEFT JOIN booking_events e ON e.booking_id = b.id " +
			"AND NOT EXISTS (SELECT 1 FROM booking_events n WHERE n.booking_id = b.id AND n.id > e.id) " +
			"WHERE e.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM booking_events n WHERE n.booking_id = b.id) HAVING kept <> actual",
	},
	{
		Says: "booking %d: agreed is %s, which does not have all of %s",
		query: "SELECT id, agreed AS kept, 'fee, services, noticeHours and the venue''s province, district and zone' AS actual FROM bookings " +
			"WHERE JSON_CONTAINS_PATH(agreed, 'all', '$.fee', '$.services[0]', '$.noticeHours', '$.venue.province', '$.venue.district', '$.venue.zone') = 0",
	},
	{
		Says:  "model %d: has slot %s in %s live bookings",
		query: "SELECT model_id AS id, slot_id AS kept, COUNT(*) AS actual FROM bookings WHERE state IN " + live + " GROUP BY model_id, slot_id HAVING actual > 1",
	},
	{
		Says:  "booking %d: overlaps booking %s of its model %s",
		query: overlapping("b.model_id", "o.model_id = b.model_id"),
	},
	{
		Says:  "booking %d: overlaps booking %s, in another slot of its stylist %s",
		query: overlapping("b.stylist_id", "o.stylist_id = b.stylist_id AND o.slot_id <> b.slot_id"),
	},
}

func overlapping(whose, same string) string {
	return "SELECT b.id, o.id AS kept, " + whose + " AS actual FROM bookings b JOIN bookings o ON " + same + " AND o.id > b.id " +
		"JOIN slots s ON s.id = b.slot_id JOIN slots t ON t.id = o.slot_id " +
		"WHERE b.state IN " + holders + " AND o.state IN " + holders + " AND s.starts_at < t.ends_at AND t.starts_at < s.ends_at"
}

// onAnotherWeekday works this out in Go, because a database server may know no
// zones.
func onAnotherWeekday(d *disagreement) bool {
	start, name, _ := strings.Cut(*d.Actual, " ")
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return true
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return true
	}
	weekday := at.In(zone).Weekday()
	*d.Actual = weekday.String()
	return fmt.Sprint(int(weekday)) != *d.Kept
}

// Faults returns a sentence for each row that breaks the rule, and none if the
// rule holds.
func (r Rule) Faults(ctx context.Context, on db.Queryer) (faults []string, err error) {
	found, err := db.Select[disagreement](ctx, on, sq.Expr(r.query))
	if err != nil {
		return nil, fmt.Errorf("audit: %q: %w", r.Says, err)
	}
	for _, f := range found {
		if r.wrong == nil || r.wrong(&f) {
			faults = append(faults, fmt.Sprintf(r.Says, f.ID, text(f.Kept), text(f.Actual)))
		}
	}
	return faults, nil
}

func text(value *string) string {
	if value == nil {
		return "NULL"
	}
	return *value
}
