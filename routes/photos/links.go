package photos

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Audience is who may see a picture: anyone who has its URL, for good or until
// that URL expires.
type Audience bool

// The audiences of pictures.
const (
	Public  Audience = false
	Private Audience = true
)

const (
	privatePrefix = "private-"
	suffix        = ".jpg"
	thumbSuffix   = "-thumb.jpg"
)

var (
	privateName = regexp.MustCompile("^" + privatePrefix + "[a-z0-9]{26}$")
	publicName  = regexp.MustCompile("^[a-z0-9]{26}$")
)

// newName makes a random name for a photo. The name says whether it is private,
// so that no code that handles the picture can forget it.
func newName(to Audience) string {
	name := strings.ToLower(rand.Text())
	if to == Private {
		return privatePrefix + name
	}
	return name
}

// Objects returns the names in the store, with which the URLs end too, of a
// photo's picture and its thumbnail.
func Objects(name string) (picture, thumbnail string) { return name + suffix, name + thumbSuffix }

// nameOf returns the photo that an object belongs to; ok is false if it is not
// the name of one.
func nameOf(object string) (name string, to Audience, ok bool) {
	name, isJPEG := strings.CutSuffix(object, suffix)
	name = strings.TrimSuffix(name, "-thumb")
	if privateName.MatchString(name) {
		return name, Private, isJPEG
	}
	return name, Public, isJPEG && publicName.MatchString(name)
}

// Links makes the URLs of photos.
type Links struct {
	BaseURL string   // the server's public URL
	Keys    [][]byte // of the URLs that expire; the first signs, all verify
}

// Fill sets the URLs of a photo that was read from a view; a missing one becomes
// the default of its subject. The URLs of a private one expire within an hour.
func (l Links) Fill(p *Photo, subject Subject) {
	if p.ID == nil {
		*p = Photo{Name: subject.name, Width: DefaultSide, Height: DefaultSide, State: "ready", Blurhash: subject.blurhash}
	}
	picture, thumbnail := Objects(p.Name)
	p.URL, p.ThumbnailURL = l.url(picture, time.Now()), l.url(thumbnail, time.Now())
}

const linkStep = 30 * time.Minute

func (l Links) url(object string, now time.Time) string {
	address := l.BaseURL + "/photos/" + object
	if !strings.HasPrefix(object, privatePrefix) {
		return address
	}
	// The URL is the same for half an hour, so that a phone need not load the picture again for every answer.
	expires := now.Truncate(linkStep).Add(2 * linkStep).Unix()
	return address + "?" + url.Values{"expires": {strconv.FormatInt(expires, 10)}, "signature": {signature(l.Keys[0], object, expires)}}.Encode()
}

// allows reports whether a URL of a private picture was made here and has not
// expired.
func (l Links) allows(object string, expires int64, signed string, now time.Time) bool {
	if now.Unix() >= expires {
		return false
	}
	for _, key := range l.Keys {
		if hmac.Equal([]byte(signed), []byte(signature(key, object, expires))) {
			return true
		}
	}
	return false
}

func signature(key []byte, object string, expires int64) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s %d", object, expires)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
