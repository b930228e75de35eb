package demo

import (
	"context"
	"fmt"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/bookings"

	sq "github.com/Masterminds/squirrel"
)

// seatHolders are the states in which a booking counts in slots.taken.
var seatHolders = []bookings.State{bookings.Offered, bookings.Confirmed}

// rule is one thing that is true of every sound database. Its query finds the
// rows of which it is not: their id, and what is stored and what should be.
type rule struct {
	says  string // what is wrong, with the id, what is stored and what should be
	query string
	args  []any
}

var rules = []rule{
	{
		"slot %d: taken is %s, but %s bookings hold a seat",
		"SELECT s.id, s.taken AS stored, COUNT(b.id) AS actual FROM slots s LEFT JOIN bookings b ON b.slot_id = s.id AND b.state IN (?, ?) " +
			"GROUP BY s.id, s.taken HAVING stored <> actual",
		[]any{seatHolders[0], seatHolders[1]},
	},
	{
		"recruitment %d: favorite_count is %s, but %s models keep it",
		"SELECT r.id, r.favorite_count AS stored, COUNT(f.model_id) AS actual FROM recruitments r LEFT JOIN favorites f ON f.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.favorite_count HAVING stored <> actual",
		nil,
	},
	{
		"recruitment %d: booking_count is %s, but there are %s bookings",
		"SELECT r.id, r.booking_count AS stored, COUNT(b.id) AS actual FROM recruitments r JOIN bookings b ON b.recruitment_id = r.id GROUP BY r.id, r.booking_count HAVING stored < actual",
		nil,
	},
	{
		"recruitment %d: photo_count is %s, but it has %s photos",
		"SELECT r.id, r.photo_count AS stored, COUNT(p.photo_id) AS actual FROM recruitments r LEFT JOIN recruitment_photos p ON p.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.photo_count HAVING stored <> actual",
		nil,
	},
	{
		"recruitment %d: the cover is photo %s, but the first one is %s",
		"SELECT r.id, COALESCE(r.cover_photo_id, 0) AS stored, p.photo_id AS actual FROM recruitments r JOIN recruitment_photos p ON p.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' AND NOT EXISTS (SELECT 1 FROM recruitment_photos q WHERE q.recruitment_id = r.id AND q.position < p.position) HAVING stored <> actual",
		nil,
	},
	{
		"photo %d: belongs to account %s, but is shown by a recruitment of %s",
		"SELECT p.id, p.owner_id AS stored, r.stylist_id AS actual FROM recruitment_photos rp JOIN photos p ON p.id = rp.photo_id JOIN recruitments r ON r.id = rp.recruitment_id HAVING stored <> actual",
		nil,
	},
	{
		"recruitment %d: services is %s, but recruitment_services holds %s",
		"SELECT r.id, r.services AS stored, COALESCE(GROUP_CONCAT(s.service ORDER BY s.service), '') AS actual FROM recruitments r LEFT JOIN recruitment_services s ON s.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.services " +
			"HAVING COUNT(s.service) <> 1 + LENGTH(stored) - LENGTH(REPLACE(stored, ',', '')) OR SUM(FIND_IN_SET(s.service, r.services) = 0) > 0",
		nil,
	},
	{
		"recruitment %d: last_slot_at is %s, but the last slot starts at %s",
		"SELECT r.id, r.last_slot_at AS stored, MAX(s.starts_at) AS actual FROM recruitments r LEFT JOIN slots s ON s.recruitment_id = r.id " +
			"WHERE r.state <> 'deleted' GROUP BY r.id, r.last_slot_at HAVING NOT stored <=> actual",
		nil,
	},
	{
		"recruitment %d: the public point is %s, but the exact one is %s",
		"SELECT id, CONCAT(public_lat, ',', public_lng) AS stored, CONCAT(lat, ',', lng) AS actual FROM recruitments WHERE lat IS NOT NULL AND (" +
			"ABS(public_lat - lat) > 0.0010001 OR ABS(public_lng - lng) > 0.0010001 OR " +
			"ABS(public_lat * 500 - ROUND(public_lat * 500)) > 0.000001 OR ABS(public_lng * 500 - ROUND(public_lng * 500)) > 0.000001)",
		nil,
	},
	{
		"booking %d: is for slot and stylist %s, which its recruitment has as %s",
		"SELECT b.id, CONCAT(s.recruitment_id, '/', b.stylist_id) AS stored, CONCAT(b.recruitment_id, '/', r.stylist_id) AS actual " +
			"FROM bookings b JOIN slots s ON s.id = b.slot_id JOIN recruitments r ON r.id = b.recruitment_id HAVING stored <> actual",
		nil,
	},
	{
		"booking %d: is %s, but its last event made it %s",
		"SELECT b.id, b.state AS stored, COALESCE(e.state, 'nothing') AS actual FROM bookings b LEFT JOIN booking_events e ON e.booking_id = b.id " +
			"AND NOT EXISTS (SELECT 1 FROM booking_events n WHERE n.booking_id = b.id AND n.id > e.id) " +
			"WHERE e.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM booking_events n WHERE n.booking_id = b.id) HAVING stored <> actual",
		nil,
	},
	{
		"booking %d: agreed is %s, without all of %s",
		"SELECT id, agreed AS stored, 'fee, services, noticeHours and the venue''s province, district and zone' AS actual FROM bookings " +
			"WHERE JSON_CONTAINS_PATH(agreed, 'all', '$.fee', '$.services[0]', '$.noticeHours', '$.venue.province', '$.venue.district', '$.venue.zone') = 0",
		nil,
	},
	{
		"booking %d: overlaps booking %s of the same %s",
		overlapping("model", "o.model_id = b.model_id"), holders,
	},
	{
		"booking %d: overlaps booking %s of the same %s",
		overlapping("stylist", "o.stylist_id = b.stylist_id AND o.slot_id <> b.slot_id"), holders,
	},
}

var holders = []any{bookings.Offered, bookings.Confirmed, bookings.Offered, bookings.Confirmed}

func overlapping(whose, same string) string {
	return "SELECT b.id, o.id AS stored, '" + whose + "' AS actual FROM bookings b JOIN bookings o ON " + same + " AND o.id > b.id " +
		"JOIN slots s ON s.id = b.slot_id JOIN slots t ON t.id = o.slot_id " +
		"WHERE b.state IN (?, ?) AND o.state IN (?, ?) AND s.starts_at < t.ends_at AND t.starts_at < s.ends_at"
}

// Audit compares what is stored twice, and finds what no transaction may leave
// behind: counts that are wrong, histories that end elsewhere than their
// booking, two bookings at a time. It reads the whole database. Each fault is a
// sentence that names the row; none is an empty list.
func Audit(ctx context.Context, d *db.DB) (faults []string, err error) {
	for _, r := range rules {
		found, err := db.Select[struct {
			ID             int64
			Stored, Actual *string
		}](ctx, d, sq.Expr(r.query, r.args...))
		if err != nil {
			return nil, fmt.Errorf("demo: audit (%s): %w", r.says, err)
		}
		for _, f := range found {
			faults = append(faults, fmt.Sprintf(r.says, f.ID, orNull(f.Stored), orNull(f.Actual)))
		}
	}
	wrong, err := wrongWeekdays(ctx, d)
	return append(faults, wrong...), err
}

func orNull(text *string) string {
	if text == nil {
		return "NULL"
	}
	return *text
}

// wrongWeekdays are found here, since a database server may know no zones.
func wrongWeekdays(ctx context.Context, d *db.DB) (faults []string, err error) {
	slots, err := db.Select[struct {
		ID       int64
		StartsAt time.Time
		Weekday  time.Weekday
		Zone     string
	}](ctx, d, sq.Select("s.id", "s.starts_at", "s.weekday", "r.zone").From("slots s").Join("recruitments r ON r.id = s.recruitment_id"))
	if err != nil {
		return nil, fmt.Errorf("demo: audit of weekdays: %w", err)
	}
	zones := map[string]*time.Location{}
	for _, s := range slots {
		if zones[s.Zone] == nil {
			zones[s.Zone] = api.Zone(s.Zone)
		}
		if actual := s.StartsAt.In(zones[s.Zone]).Weekday(); actual != s.Weekday {
			faults = append(faults, fmt.Sprintf("slot %d: weekday is %d, but it starts on a %s", s.ID, s.Weekday, actual))
		}
	}
	return faults, nil
}
