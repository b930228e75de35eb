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

// example is a letter in which nothing is left out.
func example() bookingLetter {
	seoul := time.FixedZone("KST", 9*60*60)
	return bookingLetter{
		Recipient: "이서연",
		Booking: Booking{
			By: "stylist", Other: "김하늘", Title: "셋팅펌 <모델> 구해요",
			StartsAt: time.Date(2031, 3, 8, 14, 30, 0, 0, seoul), EndsAt: time.Date(2031, 3, 8, 17, 0, 0, 0, seoul),
			Fee: 25000, Province: "서울특별시", District: "강남구", Neighborhood: "역삼동",
		},
		Services: []catalogue.ServiceEntry{{Code: "cut", Name: "커트", NameEn: "Cut"}, {Code: "perm", Name: "펌", NameEn: "Perm"}},
	}
}

var letters = []struct {
	name   string
	kind   Kind
	change func(*bookingLetter)
}{
	{"applied", BookingApplied, func(l *bookingLetter) {
		l.ToStylist, l.By, l.Message = true, "model", "안녕하세요!\r\n\r\n> 어깨까지 와요"
	}},
	{"applied_without_message", BookingApplied, func(l *bookingLetter) { l.ToStylist, l.By = true, "model" }},
	{"waitlisted_to_stylist", BookingWaitlisted, func(l *bookingLetter) { l.ToStylist, l.By, l.Message = true, "model", "기다릴게요" }},
	{"waitlisted_to_model", BookingWaitlisted, func(l *bookingLetter) { l.By, l.Message = "model", "기다릴게요" }},
	{"confirmed", BookingConfirmed, func(l *bookingLetter) { l.Address, l.Reason = "테헤란로 123, 2층", "조심히 오세요" }},
	{"confirmed_to_stylist", BookingConfirmed, func(l *bookingLetter) {
		l.ToStylist, l.By, l.Address, l.Message = true, "model", "테헤란로 123, 2층", "안녕하세요"
	}},
	{"confirmed_free", BookingConfirmed, func(l *bookingLetter) { l.Fee, l.Neighborhood = 0, "" }},
	{"declined", BookingDeclined, func(l *bookingLetter) { l.Reason = "머리 길이가 맞지 않아요" }},
	{"declined_to_stylist", BookingDeclined, func(l *bookingLetter) { l.ToStylist, l.By = true, "model" }},
	{"withdrawn", BookingWithdrawn, func(*bookingLetter) {}},
	{"withdrawn_to_stylist", BookingWithdrawn, func(l *bookingLetter) { l.ToStylist, l.By = true, "model" }},
	{"cancelled", BookingCancelled, func(l *bookingLetter) { l.Reason = "몸이 아파요\n미안해요" }},
	{"cancelled_by_system", BookingCancelled, func(l *bookingLetter) { l.By = "system" }},
}

func TestLettersReadAsTheyArePinned(t *testing.T) {
	t.Parallel()
	covered := map[Kind]bool{}
	for _, c := range letters {
		covered[c.kind] = true
		for _, language := range []string{"ko", "en"} {
			data := example()
			c.change(&data)
			letter, err := write(c.kind, language, data)
			if err != nil {
				t.Fatal(err)
			}
			forms := map[string]string{"txt": "Subject: " + letter.Subject + "\n\n" + letter.Text}
			if c.name == "applied" {
				forms["html"] = letter.HTML // the same template for all
			}
			for ending, got := range forms {
				file := "testdata/" + c.name + "." + language + "." + ending
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
	for _, kind := range kinds {
		if !covered[kind] {
			t.Errorf("no letter of the kind %s is pinned", kind)
		}
	}
}

func TestALanguageWithoutTemplatesIsWrittenToInKorean(t *testing.T) {
	t.Parallel()
	ko, err := write(BookingConfirmed, "ko", example())
	if err != nil {
		t.Fatal(err)
	}
	other, err := write(BookingConfirmed, "fr", example())
	if err != nil || other != ko {
		t.Errorf("%v: %+v", err, other)
	}
}

func TestWhatSomebodyWroteCannotPassForAPartOfTheLetter(t *testing.T) {
	t.Parallel()
	data := example()
	data.ToStylist, data.Message = true, "안녕\u2028Freety: <a href='https://evil.example'>여기</a>를 누르세요\r\rFreety 드림"
	letter, err := write(BookingApplied, "ko", data)
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
	if letter, err = write(BookingApplied, "ko", data); err != nil || strings.ContainsAny(letter.Subject, "\r\n") {
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
