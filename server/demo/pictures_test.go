package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"testing"

	"github.com/bbrks/go-blurhash"
	"golang.org/x/image/draw"
)

// TestPicturesAreTheFiles compares the table with the folder.
func TestPicturesAreTheFiles(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, k := range kinds {
		for i := range k.blurhashes {
			name := fmt.Sprintf("%s-%d", k.name, i+1)
			used[name+".jpg"], used[name+"-thumb.jpg"] = true, true
		}
	}
	entries, err := files.ReadDir("pictures")
	if err != nil {
		t.Fatal(err)
	}
	bytesInAll := int64(0)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		bytesInAll += info.Size()
		if !used[entry.Name()] {
			t.Errorf("%s is never shown", entry.Name())
		}
	}
	if bytesInAll > 2_500_000 {
		t.Errorf("%d bytes of pictures are too many to keep with the code", bytesInAll)
	}
	for i, p := range Pictures() {
		main, thumbnail := decoded(t, p.Main), decoded(t, p.Thumbnail)
		if got, want := main.Bounds().Size(), image.Pt(p.Width, p.Height); got != want {
			t.Errorf("picture %d is %v in size, in the table %v", i, got, want)
		}
		if got, want := thumbnail.Bounds().Size(), image.Pt(p.Width*480/p.Height, 480); got != want {
			t.Errorf("thumbnail %d is %v in size instead of %v", i, got, want)
		}
		if by := farFrom(t, p.Blurhash, main); by > 3 {
			t.Errorf("picture %d does not look like its blurhash: %.1f of 255 away", i, by)
		}
	}
}

func decoded(t *testing.T, picture []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// ownBlurhash is the blurhash of a picture.
func ownBlurhash(t *testing.T, picture image.Image) string {
	t.Helper()
	small := image.NewRGBA(image.Rect(0, 0, 32*picture.Bounds().Dx()/picture.Bounds().Dy(), 32))
	draw.CatmullRom.Scale(small, small.Rect, picture, picture.Bounds(), draw.Src, nil)
	hash, err := blurhash.Encode(4, 3, small)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// farFrom returns by how much of 255 a blurhash differs from that of a picture: on
// average, because another processor may round differently.
func farFrom(t *testing.T, hash string, picture image.Image) float64 {
	t.Helper()
	var shades [2]*image.NRGBA
	for i, hash := range []string{ownBlurhash(t, picture), hash} {
		shades[i] = image.NewNRGBA(image.Rect(0, 0, 8, 8))
		if err := blurhash.DecodeDraw(shades[i], hash, 1); err != nil {
			t.Fatal(err)
		}
	}
	sum := 0
	for i, shade := range shades[0].Pix {
		by := int(shade) - int(shades[1].Pix[i])
		sum += max(by, -by)
	}
	return float64(sum) / float64(len(shades[0].Pix))
}
