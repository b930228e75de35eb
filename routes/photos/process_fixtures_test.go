package photos

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// corners is a picture whose four quarters tell how it was turned: red, green,
// blue and yellow, clockwise from the top left.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			switch left, top := x < w/2, y < h/2; {
			case !left && top:
				c = color.RGBA{G: 255, A: 255}
			case !left && !top:
				c = color.RGBA{B: 255, A: 255}
			case left && !top:
				c = color.RGBA{R: 255, G: 255, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// asShot is img as a camera writes it if the picture needs orientation to be
// upright. It is written from the EXIF specification's words (which visual edge
// row 0 and column 0 are), not from the table that it tests.
func asShot(img *image.RGBA, orientation int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			fromLeft, fromTop, fromRight, fromBottom := x, y, w-1-x, h-1-y
			row, column := 0, 0
			switch orientation {
			case 1:
				row, column = fromTop, fromLeft
			case 2:
				row, column = fromTop, fromRight
			case 3:
				row, column = fromBottom, fromRight
			case 4:
				row, column = fromBottom, fromLeft
			case 5:
				row, column = fromLeft, fromTop
			case 6:
				row, column = fromRight, fromTop
			case 7:
				row, column = fromRight, fromBottom
			case 8:
				row, column = fromLeft, fromBottom
			}
			out.SetRGBA(column, row, img.RGBAAt(x, y))
		}
	}
	return out
}

func encodeJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withSegment puts an APPn segment behind the start of a JPEG.
func withSegment(jpg []byte, n byte, data []byte) []byte {
	out := append([]byte{0xff, 0xd8, 0xff, 0xe0 + n}, binary.BigEndian.AppendUint16(nil, uint16(len(data)+2))...)
	return append(append(out, data...), jpg[2:]...)
}

func withEXIF(jpg, exif []byte) []byte {
	return withSegment(jpg, 1, append([]byte("Exif\x00\x00"), exif...))
}

func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	body := append([]byte(kind), data...)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

const pngHeaderEnd = 8 + 25

// pngBomb is a PNG of w by h black pixels in a few kilobytes; headerOnly has
// nothing but its header.
func pngBomb(w, h int, headerOnly bool) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(ihdr, 8, 0, 0, 0, 0))...)
	if headerOnly {
		return out
	}
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	row := make([]byte, 1+w)
	for range h {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	out = append(out, chunk("IDAT", data.Bytes())...)
	return append(out, chunk("IEND", nil)...)
}

// losslessWebP is a WebP of w by h pixels of one colour, each code of its
// trees having a single symbol, so that pixels take no bits.
func losslessWebP(w, h int, c color.NRGBA) []byte {
	var bits []byte
	var at uint
	put := func(value uint32, n uint) {
		for i := range n {
			if at%8 == 0 {
				bits = append(bits, 0)
			}
			bits[at/8] |= byte(value>>i&1) << (at % 8)
			at++
		}
	}
	put(0x2f, 8)
	put(uint32(w-1), 14)
	put(uint32(h-1), 14)
	put(1, 1) // alpha is used
	put(0, 3) // version
	put(0, 3) // no transform, no colour cache, no groups
	for _, symbol := range []byte{c.G, c.R, c.B, c.A, 0} {
		put(1, 1) // a simple code
		put(0, 1) // of one symbol
		put(1, 1) // of eight bits
		put(uint32(symbol), 8)
	}
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	vp8l := append([]byte("VP8L"), binary.LittleEndian.AppendUint32(nil, uint32(len(bits)))...)
	body := append(append([]byte("WEBP"), vp8l...), bits...)
	return append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...), body...)
}

func isoBox(kind string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// ftyp is the head of an ISO media file: its own brand, and those of whoever
// can read it.
func ftyp(major string, compatible ...string) []byte {
	return isoBox("ftyp", []byte(major), make([]byte, 4), []byte(strings.Join(compatible, "")))
}

// heif is a still picture in an ISO media file, as an iPhone writes HEIC: what
// stands in it (a tile, the grid of the tiles, EXIF), its size, and the bytes.
func heif(major string, compatible ...string) []byte {
	items := [][]byte{{0, 0, 0, 0, 0, 3}}
	for i, kind := range []string{"hvc1", "grid", "Exif"} {
		items = append(items, isoBox("infe", []byte{2, 0, 0, 0, 0, byte(i + 1), 0, 0}, []byte(kind), []byte{0}))
	}
	return slices.Concat(
		ftyp(major, compatible...),
		isoBox("meta", make([]byte, 4),
			isoBox("hdlr", make([]byte, 8), []byte("pict"), make([]byte, 14)),
			isoBox("dinf", isoBox("dref", []byte{0, 0, 0, 0, 0, 0, 0, 1}, isoBox("url ", []byte{0, 0, 0, 1}))),
			isoBox("pitm", []byte{0, 0, 0, 0, 0, 2}),
			isoBox("iinf", items...),
			isoBox("iprp", isoBox("ipco", isoBox("ispe", make([]byte, 4), []byte{0, 0, 15, 192, 0, 0, 11, 208})))),
		isoBox("mdat", []byte("Exif\x00\x00MM\x00*"), make([]byte, 2000)))
}
