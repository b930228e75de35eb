package photos

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"testing"

	"github.com/bep/imagemeta"
)

// What an EXIF block of a phone tells. No text of it may be in what is stored.
const (
	phoneModel   = "Telephone 13 Pro"
	phoneSerial  = "serial F2LXK0AB"
	phoneMaker   = "maker note: owner's face found at 12,40"
	phoneTime    = "2026:05:04 12:34:56"
	phoneComment = "ASCII\x00\x00\x00comment of the user"
	phoneDay     = "2026:05:03"
)

// phonePosition is Seoul's latitude and longitude as EXIF keeps them.
func phonePosition(order binary.AppendByteOrder) (latitude, longitude []byte) {
	return rationals(order, 37, 1, 33, 1, 5838, 100), rationals(order, 126, 1, 58, 1, 4171, 100)
}

func rationals(order binary.AppendByteOrder, numbers ...uint32) []byte {
	var b []byte
	for _, n := range numbers {
		b = order.AppendUint32(b, n)
	}
	return b
}

// phoneEXIF is an EXIF block as phones write it: with the camera, the time, a
// GPS position, a maker note, and a small picture that has an orientation of
// its own.
func phoneEXIF(t testing.TB, order binary.AppendByteOrder, orientation int) []byte {
	t.Helper()
	text := func(tag uint16, s string) field { return field{tag, 2, []byte(s + "\x00")} }
	short := func(tag uint16, n int) field { return field{tag, 3, order.AppendUint16(nil, uint16(n))} }
	long := func(tag uint16, n int) field { return field{tag, 4, order.AppendUint32(nil, uint32(n))} }
	latitude, longitude := phonePosition(order)
	thumbnail := phoneThumbnail(t)

	mark := "II"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	var b []byte
	var exif, gps, small, picture int // where they begin, known after the first round
	for range 2 {
		b = order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
		b = appendDirectory(b, order, small,
			text(0x010f, "Maker"), text(0x0110, phoneModel), short(0x0112, orientation), field{0x011a, 5, rationals(order, 72, 1)},
			text(0x0131, "17.4.1"), text(0x0132, phoneTime), long(0x8769, exif), long(0x8825, gps))
		exif = len(b)
		b = appendDirectory(b, order, 0,
			text(0x9003, phoneTime), field{0x927c, 7, []byte(phoneMaker)}, field{0x9286, 7, []byte(phoneComment)}, text(0xa431, phoneSerial))
		gps = len(b)
		b = appendDirectory(b, order, 0,
			text(0x0001, "N"), field{0x0002, 5, latitude}, text(0x0003, "E"), field{0x0004, 5, longitude}, text(0x001d, phoneDay))
		small = len(b)
		b = appendDirectory(b, order, 0,
			short(0x0112, 3), long(0x0201, picture), long(0x0202, len(thumbnail)))
		picture = len(b)
		b = append(b, thumbnail...)
	}
	return b
}

func phoneThumbnail(t testing.TB) []byte {
	t.Helper()
	return encodeJPEG(t, image.NewGray(image.Rect(0, 0, 16, 12)))
}

// field is one entry of a TIFF directory.
type field struct {
	tag, kind uint16
	value     []byte
}

// appendDirectory writes a TIFF directory, and behind it the values that take
// more than the four bytes that an entry has for them.
func appendDirectory(b []byte, order binary.AppendByteOrder, next int, fields ...field) []byte {
	width := map[uint16]int{2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
	b = order.AppendUint16(b, uint16(len(fields)))
	behind := len(b) + 12*len(fields) + 4
	var values []byte
	for _, f := range fields {
		b = order.AppendUint16(b, f.tag)
		b = order.AppendUint16(b, f.kind)
		b = order.AppendUint32(b, uint32(len(f.value)/width[f.kind]))
		value := f.value
		if len(value) > 4 {
			value = order.AppendUint32(nil, uint32(behind+len(values)))
			values = append(values, f.value...)
		}
		b = append(append(b, value...), make([]byte, 4-len(value))...)
	}
	b = order.AppendUint32(b, uint32(next))
	return append(b, values...)
}

const (
	xmpHeader = "http://ns.adobe.com/xap/1.0/\x00"
	xmp       = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>37,33.97N</exif:GPSLatitude></x:xmpmeta>`
	iptc      = "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x10\x1c\x02\x5a\x00\x0bSeoul, Jung"
	icc       = "ICC_PROFILE\x00\x01\x01mntrRGB of a display"
	comment   = "comment of a program"
	video     = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom and a video of three seconds"
)

// withEverything wraps a picture, in each format, in all the metadata that the
// format can carry, and says what was put in.
func withEverything(t testing.TB, img image.Image, exif []byte) map[string]struct {
	data []byte
	put  []string
} {
	t.Helper()
	jpg := encodeJPEG(t, img)
	jpg = withSegment(jpg, 14, []byte(comment)) // 0xfe, a comment, is 14 behind 0xf0
	jpg[3] = 0xfe
	for _, s := range []struct {
		app  byte
		data string
	}{
		{13, iptc}, {2, "MPF\x00MM\x00*\x00\x00\x00\x08"}, {2, icc}, {1, "http://ns.adobe.com/xmp/extension/\x00" + xmp}, {1, xmpHeader + xmp},
		{1, "Exif\x00\x00" + string(exif)}, {0, "JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00"},
	} {
		jpg = withSegment(jpg, s.app, []byte(s.data))
	}

	pixels := encodePNG(t, img)
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write([]byte(comment))
	_ = z.Close()

	var animated bytes.Buffer
	if err := gif.Encode(&animated, image.NewPaletted(img.Bounds(), color.Palette{color.White, color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	g := animated.Bytes()
	tableEnd := 13 + 3<<(g[10]&7+1)

	vp8l := losslessWebP(img.Bounds().Dx(), img.Bounds().Dy(), color.NRGBA{R: 200, A: 255})[12:]
	canvas := []byte{0x2c, 0, 0, 0, byte(img.Bounds().Dx() - 1), 0, 0, byte(img.Bounds().Dy() - 1), 0, 0} // ICC, EXIF and XMP
	body := slices.Concat([]byte("WEBP"), riff("VP8X", canvas), riff("ICCP", []byte(icc)), vp8l, riff("EXIF", exif), riff("XMP ", []byte(xmp)))

	return map[string]struct {
		data []byte
		put  []string
	}{
		"jpeg": {append(jpg, video...), []string{string(exif), "Exif", xmp, "ns.adobe.com", iptc, icc, "MPF", comment, video, "JFIF"}},
		"png": {slices.Concat(pixels[:pngHeaderEnd], chunk("eXIf", exif), chunk("tEXt", []byte("Comment\x00"+comment)),
			chunk("zTXt", append([]byte("Author\x00\x00"), packed.Bytes()...)), chunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp)),
			chunk("tIME", []byte{7, 234, 5, 4, 12, 34, 56}), pixels[pngHeaderEnd:], []byte(video)),
			[]string{string(exif), xmp, comment, packed.String(), "\x07\xea\x05\x04\x0c\x22\x38", video}},
		"gif": {slices.Concat(g[:tableEnd], []byte("\x21\xfe"+string(rune(len(comment)))+comment+"\x00\x21\xff\x0bXMP DataXMP"+string(rune(len(xmp)))+xmp+"\x00"), g[tableEnd:], []byte(video)),
			[]string{comment, xmp, video}},
		"webp": {slices.Concat([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body),
			[]string{string(exif), xmp, icc}},
	}
}

func riff(kind string, data []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
	return append(out, make([]byte, len(data)%2)...)
}

// metadata names what a JPEG holds besides its picture: any segment but the
// tables, the frame and the scan, and any byte behind the picture's end.
func metadata(jpg []byte) string {
	for i := 2; i+4 <= len(jpg); {
		switch marker := jpg[i+1]; marker {
		case 0xdb, 0xc0, 0xc4:
			i += 2 + int(binary.BigEndian.Uint16(jpg[i+2:]))
		case 0xda:
			// Within a scan 0xff is followed by 0; anything else ends it.
			for i += 2 + int(binary.BigEndian.Uint16(jpg[i+2:])); i+1 < len(jpg); i++ {
				if jpg[i] == 0xff && jpg[i+1] != 0 {
					if end := jpg[i:]; !bytes.Equal(end, []byte{0xff, 0xd9}) {
						return fmt.Sprintf("%d bytes behind the scan", len(end))
					}
					return ""
				}
			}
			return "no end"
		default:
			return fmt.Sprintf("segment %#x", marker)
		}
	}
	return "no scan"
}

func TestNothingThatAPhotoTellsIsLeftInWhatIsStored(t *testing.T) {
	for orderName, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		exif := phoneEXIF(t, order, 1)
		latitude, longitude := phonePosition(order)
		told := []string{phoneModel, phoneSerial, phoneMaker, phoneTime, phoneComment, phoneDay, string(latitude), string(longitude), string(phoneThumbnail(t))}
		for kind, photo := range withEverything(t, corners(96, 64), exif) {
			t.Run(kind+"/"+orderName, func(t *testing.T) {
				put := photo.put
				if slices.Contains(put, string(exif)) {
					put = append(put, told...)
				}
				if kind == "jpeg" && !hasGPS(t, photo.data) {
					t.Fatal("no position can be read, so nothing shows that it is dropped")
				}
				p, _ := process(t, photo.data)
				for _, s := range put {
					if !bytes.Contains(photo.data, []byte(s)) {
						t.Fatalf("%.40q is not in the photo, so nothing shows that it is dropped", s)
					}
					for name, out := range map[string][]byte{"main": p.Main, "thumbnail": p.Thumbnail, "blurhash": []byte(p.Blurhash)} {
						if bytes.Contains(out, []byte(s)) {
							t.Errorf("%.40q is left in %s", s, name)
						}
					}
				}
			})
		}
	}
}

func TestOrientations(t *testing.T) {
	for orientation := 1; orientation <= 8; orientation++ {
		for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
			for kind, photo := range withEverything(t, asShot(corners(96, 64), orientation), phoneEXIF(t, order, orientation)) {
				if kind == "gif" {
					continue // has no orientation
				}
				t.Run(fmt.Sprintf("%s/%s/%d", kind, name, orientation), func(t *testing.T) {
					p, got := process(t, photo.data)
					if p.Width != 96 || p.Height != 64 {
						t.Errorf("%dx%d, want 96x64", p.Width, p.Height)
					}
					if kind != "webp" { // of one colour
						wantCorners(t, got)
					}
				})
			}
		}
	}
}

func hasGPS(t *testing.T, jpg []byte) bool {
	t.Helper()
	var tags imagemeta.Tags
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(jpg), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
		HandleTag: func(tag imagemeta.TagInfo) error { tags.Add(tag); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = tags.GetLatLong()
	_, there := tags.EXIF()["GPSLatitude"]
	return there && err == nil
}
