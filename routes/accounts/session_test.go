package accounts

import (
	"encoding/base64"
	"testing"
)

func TestRefreshTokenIsRandom(t *testing.T) {
	t.Parallel()
	a, b := newGrant().token, newGrant().token
	raw, err := base64.RawURLEncoding.DecodeString(a)
	if a == b || err != nil || len(raw) != 32 {
		t.Errorf("got %q and %q", a, b)
	}
}
