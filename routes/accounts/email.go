package accounts

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

const longestLocalPart = 64

// Email is the address of a new account. A body field of this type must have
// the format "email" and maxLength 254.
type Email string

// Resolve implements huma.ResolverWithPath. It also puts the address into the
// form in which it is stored.
func (e *Email) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	*e = normalEmail(*e)
	address, err := mail.ParseAddress(string(*e))
	if err != nil {
		return nil // the check of the format has reported it
	}
	if address.Address != string(*e) || !e.isPlain() {
		return []error{api.NewFault(path.String(), "wrong_format", "must be an email address such as name@example.com")}
	}
	return nil
}

var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// isPlain reports whether every mail server should accept the address.
func (e Email) isPlain() bool {
	at := strings.LastIndexByte(string(e), '@')
	return isASCII(string(e)) && at <= longestLocalPart && domainPattern.MatchString(string(e[at+1:]))
}

// normalEmail trims e and makes its ASCII letters lower case. Other letters stay
// as they are, because the lower case of some of them is an ASCII letter.
func normalEmail(e Email) Email {
	return Email(strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, strings.TrimSpace(string(e))))
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
