package photos

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"testing"
)

func TestDefaults(t *testing.T) {
	all := Defaults()
	for name, c := range map[string]struct {
		side     int
		blurhash string
	}{
		DefaultPerson:               {DefaultSide, DefaultPersonBlurhash},
		DefaultPersonThumbnail:      {DefaultThumbnailSide, ""},
		DefaultRecruitment:          {DefaultSide, DefaultRecruitmentBlurhash},
		DefaultRecruitmentThumbnail: {DefaultThumbnailSide, ""},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := jpeg.Decode(bytes.NewReader(all[name]))
			if err != nil {
				t.Fatal(err)
			}
			if img.Bounds() != image.Rect(0, 0, c.side, c.side) {
				t.Errorf("is %v, want %d a side", img.Bounds(), c.side)
			}
			if c.blurhash == "" {
				return
			}
			got, err := hash(context.Background(), img)
			if err != nil || got != c.blurhash {
				t.Errorf("blurhash %q, the constant says %q (%v)", got, c.blurhash, err)
			}
		})
	}
	if len(all) != 4 {
		t.Errorf("%d pictures, want 4", len(all))
	}
}
