package system

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT24H":            24 * time.Hour,
		"P1D":              day,
		"P2W":              14 * day,
		"P1DT12H30M5S":     36*time.Hour + 30*time.Minute + 5*time.Second,
		"PT0H1S":           time.Second,
		"PT90M":            90 * time.Minute,
		"PT36H":            36 * time.Hour,
		"P3660D":           longestDuration,
		"PT316224000S":     longestDuration,
		"P0DT00H00M00001S": time.Second,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s: %s, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "P", "PT", "P1DT", "1D", "pt24h", "PT24", "P1H", "PT1D", "PT1M1H", "PT1.5H", "PT1,5H", "P1M", "P1Y", "P1W1D", "P-1D", "-P1D", "+P1D",
		"P1D ", " P1D", "P1D\n", "PT0S", "P0D", "P3661D", "P9999W", "PT99999999999999999999H", "P１D", "PT1H1H",
	} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"PT24H", "P1DT12H30M5S", "P2W", "P", "PT", "P1D\n", "PT999999999S"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseDuration(text)
		if !ok {
			return
		}
		if got <= 0 || got > longestDuration || got%time.Second != 0 {
			t.Errorf("%q: %s", text, got)
		}
		if strings.Trim(text, "PTWDHMS0123456789") != "" {
			t.Errorf("%q was accepted", text)
		}
		again, ok := parseDuration(fmt.Sprintf("PT%dS", got/time.Second))
		if !ok || again != got {
			t.Errorf("%q: %s, and then %s, %v", text, got, again, ok)
		}
	})
}
