package photos

import (
	"net/url"
	"strconv"
	"testing"
	"time"
)

func TestAPrivateURLHoldsForUpToAnHourAndUnderEveryKey(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 3, 3, 12, 10, 0, 0, time.UTC)
	l := Links{BaseURL: "https://freety.example", Keys: [][]byte{[]byte("a"), []byte("b")}}
	object, _ := Objects(newName(Private))
	if l.url(object, now) != l.url(object, now.Add(19*time.Minute)) {
		t.Error("the URL changes within half an hour")
	}
	u, err := url.Parse(l.url(object, now))
	if err != nil {
		t.Fatal(err)
	}
	expires, err := strconv.ParseInt(u.Query().Get("expires"), 10, 64)
	if err != nil || time.Unix(expires, 0).Sub(now) > time.Hour || time.Unix(expires, 0).Sub(now) < 30*time.Minute {
		t.Errorf("it expires at %d: %v", expires, err)
	}
	signed := u.Query().Get("signature")
	rotated := Links{Keys: [][]byte{[]byte("new"), []byte("a")}}
	if !l.allows(object, expires, signed, now) || !rotated.allows(object, expires, signed, now) || !l.allows(object, expires, signed, time.Unix(expires-1, 0)) {
		t.Error("it does not hold")
	}
	if l.allows(object, expires, signed, time.Unix(expires, 0)) {
		t.Error("it holds after its end")
	}
	if (Links{Keys: [][]byte{[]byte("b")}}).allows(object, expires, signed, now) {
		t.Error("it holds under a key that did not sign it")
	}
}
