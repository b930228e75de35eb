package mail

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func booking(t *testing.T) Booking {
	t.Helper()
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	return Booking{
		Recipient: "김민지", Other: "박서준", Title: "레이어드컷 모델 구해요",
		Message:  "안녕하세요!\r\n단발이에요.\n\n잘 부탁드려요.",
		StartsAt: time.Date(2026, 11, 23, 15, 0, 0, 0, seoul), EndsAt: time.Date(2026, 11, 23, 16, 30, 0, 0, seoul),
		Fee: 10000, Services: []Service{{"커트", "Cut"}, {"염색", "Colour"}},
		Venue: Venue{"서울특별시", "강남구", "역삼동", "테헤란로 1, 3층"},
	}
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		template, variant string
		change            func(*Booking)
	}{
		{"booking_applied", "", func(b *Booking) { b.ToStylist = true }},
		{"booking_applied", "_waitlisted", func(b *Booking) { b.ToStylist, b.Waitlisted, b.Message = true, true, "" }},
		{"booking_confirmed", "", func(*Booking) {}},
		{"booking_confirmed", "_free", func(b *Booking) { b.Fee, b.Venue.Neighborhood, b.Venue.Detail = 0, "", "" }},
		{"booking_declined", "", func(*Booking) {}},
		{"booking_declined", "_stylist", func(b *Booking) { b.ToStylist = true }},
		{"booking_withdrawn", "", func(*Booking) {}},
		{"booking_withdrawn", "_stylist", func(b *Booking) { b.ToStylist = true }},
		{"booking_cancelled", "", func(b *Booking) { b.ByOther = true }},
		{"booking_cancelled", "_system", func(b *Booking) { b.BySystem = true }},
		{"booking_cancelled", "_own", func(*Booking) {}},
	} {
		for _, language := range []string{"ko", "en"} {
			b := booking(t)
			c.change(&b)
			subject, text, err := Render(c.template, language, b)
			if err != nil {
				t.Errorf("%s in %s: %v", c.template, language, err)
				continue
			}
			golden(t, c.template+c.variant+"."+language+".txt", subject+"\n\n"+text)
		}
	}
}

func TestEveryLanguageHasEveryTemplate(t *testing.T) {
	all, err := letters()
	if err != nil {
		t.Fatal(err)
	}
	languages, err := fs.ReadDir(templateFiles, "templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range languages {
		for name := range all[defaultLanguage] {
			if _, ok := all[language.Name()][name]; !ok {
				t.Errorf("%s lacks %s", language.Name(), name)
			}
		}
		if len(all[language.Name()]) != len(all[defaultLanguage]) {
			t.Errorf("%s has templates that %s lacks", language.Name(), defaultLanguage)
		}
	}
}

func TestRenderFallsBackToKorean(t *testing.T) {
	want, _, err := Render("booking_confirmed", "ko", booking(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"", "fr", "../ko", "KO"} {
		if got, _, err := Render("booking_confirmed", language, booking(t)); err != nil || got != want {
			t.Errorf("in %q: %q, %v", language, got, err)
		}
	}
}

func TestRenderRefusesAnUnknownTemplate(t *testing.T) {
	for _, name := range []string{"", "common", "booking_exploded"} {
		if _, _, err := Render(name, "ko", booking(t)); !errors.Is(err, ErrNoTemplate) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestWhatPeopleWriteStaysInItsPlace(t *testing.T) {
	b := booking(t)
	b.Title = "제목\r\n\r\n가짜 본문 {{.Message}}"
	b.Other = "이름\u2028장소: 다른 곳"
	b.Message = "하나\r장소: 다른 곳\u2029가격: 무료"
	subject, text, err := Render("booking_applied", "ko", b)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(subject, "\r\n") || !strings.Contains(subject, "{{.Message}}") {
		t.Errorf("subject: %q", subject)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "장소:") || strings.HasPrefix(line, "가격: 무료") || strings.HasPrefix(line, "가짜") {
			t.Errorf("a line of its own: %q", line)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 10000: "10,000", 1234567: "1,234,567", -1000: "-1,000", -100000: "-100,000"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s instead of %s", n, got, want)
		}
	}
}
