package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Limits are how many requests of each kind one caller may make: an account, or
// before sign-in an address.
type Limits struct {
	Read   Limit `env:"READ" envDefault:"600/m"`
	Search Limit `env:"SEARCH" envDefault:"120/m"`
	Write  Limit `env:"WRITE" envDefault:"60/m"`
	Upload Limit `env:"UPLOAD" envDefault:"30/m"`
	Apply  Limit `env:"APPLY" envDefault:"20/m"`
	SignIn Limit `env:"SIGN_IN" envDefault:"60/m"`
}

// Limit is a number of requests in a time. The zero Limit is none.
type Limit struct {
	Requests int
	Per      time.Duration
}

var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// UnmarshalText reads "60/m", and "0" for no limit.
func (l *Limit) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*l = Limit{}
		return nil
	}
	number, unit, _ := strings.Cut(string(text), "/")
	requests, err := strconv.Atoi(number)
	if err != nil || requests < 1 || units[unit] == 0 {
		return errors.New("must be a number of requests and s, m, h or d, such as 60/m, or 0 for no limit")
	}
	*l = Limit{requests, units[unit]}
	return nil
}
