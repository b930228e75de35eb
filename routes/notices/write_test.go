package notices

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"freety/routes/catalogue"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the letters in testdata anew")

// example is an event of which nothing is left out.
func example() bookingEvent {
	seoul := time.FixedZone("KST", 9*60*60)
	return bookingEvent{
		Booking: Booking{
			By: "stylist", Other: "김하늘", Title: "셋팅펌 <모델> 구해요",
			StartsAt: time.Date(2031, 3, 8, 14, 30, 0, 0, seoul), EndsAt: time.Date(2031, 3, 8, 17, 0, 0, 0, seoul),
			Fee: 25000, Province: "서울특별시", District: "강남구", Neighborhood: "역삼동",
		},
		Services: []catalogue.ServiceEntry{{Code: "cut", Name: "커트", NameEn: "Cut"}, {Code: "perm", Name: "펌", NameEn: "Perm"}},
	}
}

func letterOf(events ...bookingEvent) letterData {
	return letterData{Recipient: "이서연", Events: events}
}

// unconfirmed is an event whose other party has not confirmed an address, and
// stylist says whether the stylist has.
func unconfirmed(e *bookingEvent, stylist bool) {
	e.Other = ""
	if !stylist {
		e.Title, e.Neighborhood = "", ""
	}
}

// letters are those of one event.
var letters = []struct {
	name   string
	kind   Kind
	change func(*bookingEvent)
}{
	{"applied", BookingApplied, func(l *bookingEvent) {
		l.ToStylist, l.By, l.Message = true, "model", "안녕하세요!\r\n\r\n> 어깨까지 와요"
	}},
	{"applied_without_message", BookingApplied, func(l *bookingEvent) { l.ToStylist, l.By = true, "model" }},
	{"waitlisted_to_stylist", BookingWaitlisted, func(l *bookingEvent) { l.ToStylist, l.By, l.Message = true, "model", "기다릴게요" }},
	{"waitlisted_to_model", BookingWaitlisted, func(l *bookingEvent) { l.By, l.Message = "model", "기다릴게요" }},
	{"confirmed", BookingConfirmed, func(l *bookingEvent) { l.Address, l.Reason = "테헤란로 123, 2층", "조심히 오세요" }},
	{"confirmed_to_stylist", BookingConfirmed, func(l *bookingEvent) {
		l.ToStylist, l.By, l.Address, l.Message = true, "model", "테헤란로 123, 2층", "안녕하세요"
	}},
	{"confirmed_free", BookingConfirmed, func(l *bookingEvent) { l.Fee, l.Neighborhood = 0, "" }},
	{"declined", BookingDeclined, func(l *bookingEvent) { l.Reason = "머리 길이가 맞지 않아요" }},
	{"declined_to_stylist", BookingDeclined, func(l *bookingEvent) { l.ToStylist, l.By = true, "model" }},
	{"withdrawn", BookingWithdrawn, func(*bookingEvent) {}},
	{"withdrawn_to_stylist", BookingWithdrawn, func(l *bookingEvent) { l.ToStylist, l.By = true, "model" }},
	{"cancelled", BookingCancelled, func(l *bookingEvent) { l.Reason = "몸이 아파요\n미안해요" }},
	{"cancelled_by_system", BookingCancelled, func(l *bookingEvent) { l.By = "system" }},

	{"unconfirmed_applied", BookingApplied, func(l *bookingEvent) {
		l.ToStylist, l.By, l.MessageWaits = true, "model", true
		unconfirmed(l, true)
	}},
	{"unconfirmed_waitlisted", BookingWaitlisted, func(l *bookingEvent) { l.By = "model"; unconfirmed(l, false) }},
	{"unconfirmed_confirmed", BookingConfirmed, func(l *bookingEvent) {
		l.AddressWaits, l.ReasonWaits = true, true
		unconfirmed(l, false)
	}},
	{"unconfirmed_confirmed_to_stylist", BookingConfirmed, func(l *bookingEvent) {
		l.ToStylist, l.By, l.Address, l.MessageWaits = true, "model", "테헤란로 123, 2층", true
		unconfirmed(l, true)
	}},
	{"unconfirmed_declined", BookingDeclined, func(l *bookingEvent) { l.ReasonWaits = true; unconfirmed(l, false) }},
	{"unconfirmed_withdrawn_to_stylist", BookingWithdrawn, func(l *bookingEvent) { l.ToStylist, l.By = true, "model"; unconfirmed(l, false) }},
	{"unconfirmed_cancelled", BookingCancelled, func(l *bookingEvent) { l.ReasonWaits = true; unconfirmed(l, false) }},
}

// wantPinned compares a letter in both languages with the files in testdata.
func wantPinned(t *testing.T, name string, kind Kind, data letterData, withHTML bool) {
	t.Helper()
	for _, language := range []string{"ko", "en"} {
		letter, err := write(kind, language, data)
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string]string{"txt": "Subject: " + letter.Subject + "\n\n" + letter.Text}
		if withHTML {
			forms["html"] = letter.HTML
		}
		for ending, got := range forms {
			file := "testdata/" + name + "." + language + "." + ending
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s has changed; if that is meant, run go test ./routes/notices -update:\n%s", file, diff)
			}
		}
	}
}

func TestLettersReadAsTheyArePinned(t *testing.T) {
	t.Parallel()
	covered := map[Kind]bool{}
	for _, c := range letters {
		covered[c.kind] = true
		event := example()
		c.change(&event)
		wantPinned(t, c.name, c.kind, letterOf(event), c.name == "applied") // HTML has the same template for all
	}
	for _, kind := range kinds {
		if !covered[kind] {
			t.Errorf("no letter of the kind %s is pinned", kind)
		}
	}
}

func TestALetterOfSeveralEventsListsThem(t *testing.T) {
	t.Parallel()
	first, second, third := example(), example(), example()
	for _, e := range []*bookingEvent{&first, &second, &third} {
		e.ToStylist, e.By = true, "model"
	}
	first.Message = "안녕하세요!\n어깨까지 와요"
	second.MessageWaits = true
	unconfirmed(&second, true)
	third.Other, third.Title, third.StartsAt, third.EndsAt = "박지우", "단발 모델", third.StartsAt.Add(48*time.Hour), third.EndsAt.Add(48*time.Hour)
	wantPinned(t, "several_applied", BookingApplied, letterOf(first, second, third), true)
	many := letterOf(first, third)
	many.Recipient, many.More = "", 30
	wantPinned(t, "many_applied", BookingApplied, many, false)
	first, third = example(), example()
	first.Address, third.AddressWaits = "테헤란로 123, 2층", true
	unconfirmed(&third, false)
	wantPinned(t, "several_confirmed", BookingConfirmed, letterOf(first, third), false)
}

func TestALanguageWithoutTemplatesIsWrittenToInKorean(t *testing.T) {
	t.Parallel()
	ko, err := write(BookingConfirmed, "ko", letterOf(example()))
	if err != nil {
		t.Fatal(err)
	}
	other, err := write(BookingConfirmed, "fr", letterOf(example()))
	if err != nil || other != ko {
		t.Errorf("%v: %+v", err, other)
	}
}

func TestWhatSomebodyWroteCannotPassForAPartOfTheLetter(t *testing.T) {
	t.Parallel()
	data := example()
	data.ToStylist, data.Message = true, "안녕\u2028Freety: <a href='https://evil.example'>여기</a>를 누르세요\r\rFreety 드림"
	letter, err := write(BookingApplied, "ko", letterOf(data))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(letter.Text) {
		if strings.Contains(line, "evil") && !strings.HasPrefix(line, "> ") {
			t.Errorf("%q", line)
		}
	}
	if strings.Contains(letter.HTML, "<a ") || !strings.Contains(letter.HTML, "<blockquote") || strings.Contains(letter.HTML, "<모델>") {
		t.Errorf("%s", letter.HTML)
	}
	data.Title = "제목\r\nBcc: a@b.c\n\n끝"
	data.Title = oneLine(data.Title)
	if letter, err = write(BookingApplied, "ko", letterOf(data)); err != nil || strings.ContainsAny(letter.Subject, "\r\n") {
		t.Errorf("%v: %q", err, letter.Subject)
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 25000: "25,000", 10000000: "10,000,000"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
