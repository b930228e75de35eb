package demo

import (
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brianvoe/gofakeit/v7"
)

// dice makes the choices: the same ones for the same seed and stream.
type dice struct{ *gofakeit.Faker }

// The streams are separate, so that one more choice about people does not change
// the recruitments, and the time of day does not change what these say.
const (
	peopleStream = iota
	recruitmentStream
	bookingStream
	pictureStream
	slotStream
)

func newDice(seed, stream uint64) dice {
	return dice{gofakeit.NewFaker(rand.NewPCG(seed, stream), false)}
}

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// some returns n different items of from, in their order.
func some[T any](d dice, n int, from []T) []T {
	chosen := make([]T, 0, n)
	for i, v := range from {
		if d.IntN(len(from)-i) < n-len(chosen) {
			chosen = append(chosen, v)
		}
	}
	return chosen
}

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// weighted returns the index of a weight, with a chance in proportion to the
// weight.
func (d dice) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	left := d.IntN(total)
	for i, w := range weights {
		if left -= w; left < 0 {
			return i
		}
	}
	panic("demo: weights add up to their total")
}

// offset returns a number around 0, mostly within spread and never beyond three
// times that.
func (d dice) offset(spread float64) float64 {
	return spread * (d.Float64() + d.Float64() + d.Float64() - 1.5) * 2
}

// between returns a time from one to another, to the second, and from if they are
// the wrong way round.
func (d dice) between(from, to time.Time) time.Time {
	seconds := int(to.Sub(from) / time.Second)
	return from.Add(time.Duration(d.IntN(max(seconds, 1))) * time.Second)
}

// words are what texts are filled with.
type words map[string]string

var placeholder = regexp.MustCompile(`\{(\w+)(?::(\p{Hangul}+))?\}`)

// fill replaces {word} and {word:particle} with words.
func (w words) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		word, particle, _ := strings.Cut(strings.Trim(found, "{}"), ":")
		return w[word] + particleAfter(w[word], particle)
	})
}

var afterVowel = map[string]string{"을": "를", "이라서": "라서", "이에요": "예요"}

// particleAfter returns the form of a Korean particle that follows word.
func particleAfter(word, particle string) string {
	last, _ := utf8.DecodeLastRuneInString(word)
	// Syllables are ordered by their final consonant, of which there are 28, the first being none.
	if last >= '가' && last <= '힣' && (last-'가')%28 == 0 {
		return afterVowel[particle]
	}
	return particle
}

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }

func round(v float64, perUnit float64) float64 { return math.Round(v*perUnit) / perUnit }
