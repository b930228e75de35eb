package demo

import (
	"strings"
	"testing"
)

// TestAudit does one damage after the other, each of which the audit must
// report in words that it has not used before.
func TestAudit(t *testing.T) {
	t.Parallel()
	d := filled(t)
	audit := func() string {
		faults, err := Audit(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(faults, "\n")
	}
	for _, damage := range []struct{ finds, statement string }{
		{"taken is", "UPDATE slots SET taken = taken + 1 WHERE taken < capacity LIMIT 1"},
		{"favorite_count is", "DELETE FROM favorites LIMIT 1"},
		{"booking_count is", "UPDATE recruitments SET booking_count = 0 WHERE booking_count > 0 LIMIT 1"},
		{"photo_count is", "UPDATE recruitments SET photo_count = photo_count + 1 WHERE photo_count > 0 LIMIT 1"},
		{"the cover is", "UPDATE recruitments r JOIN recruitment_photos p ON p.recruitment_id = r.id AND p.position = 2 SET r.cover_photo_id = p.photo_id"},
		{"shown by a recruitment", "UPDATE photos SET owner_id = owner_id + 1 WHERE id IN (SELECT photo_id FROM recruitment_photos) LIMIT 1"},
		{"services is extension,other", "UPDATE recruitments SET services = 'extension,other' LIMIT 1"},
		{"last_slot_at is NULL", "UPDATE recruitments SET last_slot_at = NULL WHERE last_slot_at IS NOT NULL LIMIT 1"},
		{"the public point is", "UPDATE recruitments SET public_lat = lat + 0.0001 LIMIT 1"},
		{"is for slot and stylist", "UPDATE bookings SET stylist_id = stylist_id + 1 LIMIT 1"},
		{"its last event made it nothing", "DELETE FROM booking_events WHERE booking_id = 2"},
		{"its last event made it applied", "DELETE FROM booking_events WHERE state = 'confirmed'"},
		{"agreed is", "UPDATE bookings SET agreed = JSON_REMOVE(agreed, '$.venue.zone') LIMIT 1"},
		{"weekday is", "UPDATE slots SET weekday = (weekday + 1) % 7 LIMIT 1"},
		{"of the same", "UPDATE slots SET starts_at = '2026-01-01', ends_at = '2027-01-01' WHERE id IN (SELECT slot_id FROM bookings WHERE state = 'confirmed')"},
	} {
		if strings.Contains(audit(), damage.finds) {
			t.Errorf("the audit says %q too early", damage.finds)
		}
		if _, err := d.ExecContext(t.Context(), damage.statement); err != nil {
			t.Fatalf("%s: %v", damage.statement, err)
		}
		if faults := audit(); !strings.Contains(faults, damage.finds) {
			t.Errorf("after %s the audit finds:\n%s", damage.statement, faults)
		}
	}
	for _, whose := range []string{"of the same model", "of the same stylist"} {
		if !strings.Contains(audit(), whose) {
			t.Errorf("the audit finds no overlap %s", whose)
		}
	}
}
