package demo

import (
	"fmt"
	"testing"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

const (
	// slotTimes are the distinct hours and days of the week of a recruitment's
	// slots in Seoul, which moving keeps.
	slotTimes = "SELECT DISTINCT CONCAT(recruitment_id, ' ', weekday, ' ', DATE_FORMAT(starts_at + INTERVAL 9 HOUR, '%w %H:%i'), ' ', TIMEDIFF(ends_at, starts_at)) AS v FROM slots ORDER BY v"
	toCome    = "SELECT COUNT(*) FROM slots s JOIN recruitments r ON r.id = s.recruitment_id WHERE r.state = 'open' AND s.starts_at > ?"
	bookedAt  = "SELECT CONCAT(b.id, ' ', s.starts_at) AS v FROM bookings b JOIN slots s ON s.id = b.slot_id ORDER BY b.id"
)

func TestForward(t *testing.T) {
	t.Parallel()
	for _, days := range []int{23, 36, 400} {
		t.Run(fmt.Sprintf("after %d days", days), func(t *testing.T) {
			t.Parallel()
			d := filled(t)
			times, booked, before := column(t, d, slotTimes), column(t, d, bookedAt), number(t, d, toCome, now)
			later := now.AddDate(0, 0, days)
			if got := number(t, d, toCome, later); got != 0 {
				t.Fatalf("%d slots are still to come", got)
			}
			if err := quick.fill(t.Context(), d, newAlbum(), later, quiet); err != nil {
				t.Fatal(err)
			}
			wantSound(t, d)
			if got := number(t, d, toCome, later); got < before*3/4 {
				t.Errorf("%d slots to come, %d when the data was new", got, before)
			}
			if got := number(t, d, "SELECT COUNT(*) FROM slots WHERE starts_at > ?", later.AddDate(0, 0, ahead)); got != 0 {
				t.Errorf("%d slots lie further ahead than those of new data", got)
			}
			if diff := cmp.Diff(times, column(t, d, slotTimes)); diff != "" {
				t.Errorf("weekdays and hours (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(booked, column(t, d, bookedAt)); diff != "" {
				t.Errorf("when bookings take place (-before +after):\n%s", diff)
			}
			if got := number(t, d, "SELECT COUNT(*) FROM bookings b JOIN recruitments r ON r.id = b.recruitment_id WHERE r.state = 'open' AND b.live_recruitment_id IS NOT NULL"); got != 0 {
				t.Errorf("%d bookings are live", got)
			}
			if got := number(t, d, "SELECT COUNT(*) FROM recruitments WHERE state = 'open' AND last_slot_at > ?", later); got < 250 {
				t.Errorf("%d recruitments are open with a slot to come", got)
			}
			after := dump(t, d)
			if err := quick.fill(t.Context(), d, newAlbum(), later, quiet); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(after, dump(t, d)); diff != "" {
				t.Errorf("a second start changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestForwardAgain(t *testing.T) {
	t.Parallel()
	d := filled(t)
	slots := number(t, d, "SELECT COUNT(*) FROM slots")
	for round := 1; round <= 3; round++ {
		later := now.AddDate(0, 0, round*30)
		if err := quick.fill(t.Context(), d, newAlbum(), later, quiet); err != nil {
			t.Fatal(err)
		}
		wantSound(t, d)
		if got := number(t, d, toCome, later); got < 500 {
			t.Errorf("round %d: %d slots to come", round, got)
		}
	}
	// Only what was booked is kept besides.
	kept := number(t, d, "SELECT COUNT(DISTINCT slot_id) FROM bookings")
	if got := number(t, d, "SELECT COUNT(*) FROM slots"); got > slots+kept {
		t.Errorf("%d slots have become %d, of which %d were booked", slots, got, kept)
	}
}

func TestForwardAtOnce(t *testing.T) {
	t.Parallel()
	one, many := filled(t), filled(t)
	later := now.AddDate(0, 0, 40)
	if err := quick.fill(t.Context(), one, newAlbum(), later, quiet); err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	for range 4 {
		group.Go(func() error { return quick.fill(t.Context(), many, newAlbum(), later, quiet) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	wantSound(t, many)
	if diff := cmp.Diff(column(t, one, slotTimes), column(t, many, slotTimes)); diff != "" || number(t, one, toCome, later) != number(t, many, toCome, later) {
		t.Errorf("four servers moved other slots than one does (-one +four):\n%s", diff)
	}
}

// TestForwardLeavesWhatTakesPlace has an appointment going on when the others
// have passed.
func TestForwardLeavesWhatTakesPlace(t *testing.T) {
	t.Parallel()
	d := filled(t)
	booking, err := db.Get[struct {
		ID, SlotID int64
		StartsAt   time.Time
	}](t.Context(), d, sq.Expr("SELECT b.id, b.slot_id, s.starts_at FROM bookings b JOIN slots s ON s.id = b.slot_id JOIN recruitments r ON r.id = b.recruitment_id "+
		"WHERE b.state = 'confirmed' AND r.state = 'open' ORDER BY s.starts_at DESC LIMIT 1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"DELETE s FROM slots s LEFT JOIN bookings b ON b.slot_id = s.id WHERE b.id IS NULL AND s.starts_at > ?",
		"UPDATE recruitments r SET last_slot_at = (SELECT MAX(starts_at) FROM slots s WHERE s.recruitment_id = r.id) WHERE created_at < ?",
		"UPDATE recruitments SET state = 'closed', published_at = created_at WHERE last_slot_at > ?",
	} {
		if _, err := d.ExecContext(t.Context(), statement, booking.StartsAt); err != nil {
			t.Fatal(err)
		}
	}
	if err := quick.fill(t.Context(), d, newAlbum(), booking.StartsAt.Add(20*time.Minute), quiet); err != nil {
		t.Fatal(err)
	}
	wantSound(t, d)
	if got := column(t, d, "SELECT state AS v FROM bookings WHERE id = ?", booking.ID); got[0] != "confirmed" {
		t.Errorf("the booking under way is %s", got[0])
	}
}
