package photos

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bbrks/go-blurhash"
)

func samplePhoto(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "photos", name)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the sample photo %s is not there; the photos that the tests make themselves show the same", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// process fails the test unless data becomes a sound photo, and returns it
// with its main picture decoded.
func process(t testing.TB, data []byte) (*Processed, image.Image) {
	t.Helper()
	p, err := Process(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatalf("Process: %v", err)
	}
	checkProcessed(t, p)
	img, err := jpeg.Decode(bytes.NewReader(p.Main))
	if err != nil {
		t.Fatal(err)
	}
	return p, img
}

func checkProcessed(t testing.TB, p *Processed) {
	t.Helper()
	for name, c := range map[string]struct {
		data []byte
		side int
	}{"main": {p.Main, 2048}, "thumbnail": {p.Thumbnail, 480}} {
		img, err := jpeg.Decode(bytes.NewReader(c.data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		size := img.Bounds().Size()
		if size.X > c.side || size.Y > c.side {
			t.Errorf("%s is %v, more than %d a side", name, size, c.side)
		}
		if name == "main" && (size.X != p.Width || size.Y != p.Height) {
			t.Errorf("main is %v, but called %dx%d", size, p.Width, p.Height)
		}
		if left := metadata(c.data); left != "" {
			t.Errorf("%s carries metadata: %s", name, left)
		}
	}
	if x, y, err := blurhash.Components(p.Blurhash); err != nil || x != 4 || y != 3 {
		t.Errorf("blurhash %q: %d by %d, %v", p.Blurhash, x, y, err)
	}
}

func near(a color.Color, b color.RGBA) bool {
	c := color.RGBAModel.Convert(a).(color.RGBA)
	off := func(x, y uint8) bool { return max(x, y)-min(x, y) > 12 }
	return !off(c.R, b.R) && !off(c.G, b.G) && !off(c.B, b.B)
}

func wantCorners(t *testing.T, got image.Image) {
	t.Helper()
	size := got.Bounds().Size()
	want := corners(size.X, size.Y)
	for _, at := range []image.Point{{1, 1}, {3, 1}, {3, 3}, {1, 3}} {
		x, y := at.X*size.X/4, at.Y*size.Y/4
		if !near(got.At(x, y), want.RGBAAt(x, y)) {
			t.Errorf("at %d,%d of %v: %v, want %v", x, y, size, got.At(x, y), want.RGBAAt(x, y))
		}
	}
}

func TestOrientationIsTakenLightly(t *testing.T) {
	plain := encodeJPEG(t, corners(96, 64))
	for name, exif := range map[string][]byte{
		"0":         phoneEXIF(t, binary.LittleEndian, 0),
		"9":         phoneEXIF(t, binary.LittleEndian, 9),
		"cut short": phoneEXIF(t, binary.LittleEndian, 6)[:13],
		"rubbish":   []byte("MM\x00*\xff\xff\xff\xff"),
	} {
		t.Run(name, func(t *testing.T) {
			_, got := process(t, withEXIF(plain, exif))
			wantCorners(t, got)
		})
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{1, 1, 1, 1},
		{2048, 3, 2048, 3},
		{2049, 100, 2048, 100},
		{100, 4096, 50, 2048},
		{9000, 2, 2048, 1},
	} {
		p, _ := process(t, encodePNG(t, corners(c.w, c.h)))
		if p.Width != c.wantW || p.Height != c.wantH {
			t.Errorf("%dx%d became %dx%d, want %dx%d", c.w, c.h, p.Width, p.Height, c.wantW, c.wantH)
		}
	}
}

func TestShrinkKeepsThePicture(t *testing.T) {
	// An odd size: the last strips are narrower than the others.
	_, got := process(t, encodeJPEG(t, corners(2101, 333)))
	wantCorners(t, got)
}

func TestFormats(t *testing.T) {
	half := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for i := range half.Pix {
		half.Pix[i] = []byte{255, 0, 0, 128}[i%4]
	}
	gray := image.NewGray16(image.Rect(0, 0, 40, 20))
	paletted := func(c color.Color) *image.Paletted {
		return image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{c, color.Transparent})
	}
	blue, green := color.RGBA{B: 255, A: 255}, color.RGBA{G: 255, A: 255}
	var animated bytes.Buffer
	if err := gif.EncodeAll(&animated, &gif.GIF{Image: []*image.Paletted{paletted(blue), paletted(green)}, Delay: []int{5, 5}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want color.RGBA
	}{
		"png with alpha on white": {encodePNG(t, half), color.RGBA{R: 255, G: 127, B: 127}},
		"transparent png":         {encodePNG(t, image.NewNRGBA(image.Rect(0, 0, 40, 20))), color.RGBA{R: 255, G: 255, B: 255}},
		"png of 16 bits":          {encodePNG(t, gray), color.RGBA{}},
		"gray jpeg":               {encodeJPEG(t, image.NewGray(image.Rect(0, 0, 40, 20))), color.RGBA{}},
		"first frame of a gif":    {animated.Bytes(), blue},
		"lossless webp":           {losslessWebP(40, 20, color.NRGBA{R: 10, G: 200, B: 30, A: 255}), color.RGBA{R: 10, G: 200, B: 30}},
		"transparent webp":        {losslessWebP(40, 20, color.NRGBA{R: 10, G: 200, B: 30}), color.RGBA{R: 255, G: 255, B: 255}},
	} {
		t.Run(name, func(t *testing.T) {
			p, got := process(t, c.data)
			if p.Width != 40 || p.Height != 20 {
				t.Errorf("%dx%d, want 40x20", p.Width, p.Height)
			}
			if !near(got.At(20, 10), c.want) {
				t.Errorf("the middle is %v, want %v", got.At(20, 10), c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	jpg := encodeJPEG(t, corners(200, 200))
	pixels := encodePNG(t, corners(200, 200))
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                {nil, ErrNotAPhoto},
		"text":                   {[]byte("Dear stylist,"), ErrNotAPhoto},
		"pdf":                    {[]byte("%PDF-1.7\n"), ErrNotAPhoto},
		"svg":                    {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), ErrNotAPhoto},
		"mp4":                    {ftyp("isom", "mp42"), ErrNotAPhoto},
		"sound in riff":          {[]byte("RIFF\x00\x00\x00\x00WAVEfmt "), ErrNotAPhoto},
		"heic of an iPhone":      {heif("heic", "mif1", "MiHE", "MiPr", "miaf", "MiHB", "heic"), ErrHEIC},
		"heic of an old iPhone":  {heif("heic", "mif1", "heic"), ErrHEIC},
		"heic of ten bits":       {heif("heix", "mif1", "heix"), ErrHEIC},
		"heic of a burst":        {heif("msf1", "msf1", "hevc"), ErrHEIC},
		"heif by a brand":        {heif("XXXX", "mif1"), ErrHEIC},
		"avif":                   {heif("avif", "mif1"), ErrHEIC},
		"video of an iPhone":     {ftyp("qt  ", "qt  "), ErrNotAPhoto},
		"png bomb, header only":  {pngBomb(20_000, 15_000, true), ErrTooManyPixels},
		"one pixel too many":     {pngBomb(50_000_001, 1, true), ErrTooManyPixels},
		"a ribbon":               {pngBomb(1, 65_536, true), ErrTooManyPixels},
		"webp bomb":              {losslessWebP(16_384, 16_384, color.NRGBA{}), ErrTooManyPixels},
		"png without width":      {pngBomb(0, 10, true), ErrCorrupt},
		"jpeg head":              {jpg[:3], ErrCorrupt},
		"jpeg cut in its tables": {jpg[:100], ErrCorrupt},
		"jpeg cut in its scan":   {jpg[:len(jpg)-40], ErrCorrupt},
		"png cut":                {pixels[:len(pixels)-30], ErrCorrupt},
		"png, header only":       {pngBomb(10, 10, true), ErrCorrupt},
		"webp cut":               {losslessWebP(40, 20, color.NRGBA{})[:24], ErrCorrupt},
		"gif head":               {[]byte("GIF89a"), ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Process(context.Background(), bytes.NewReader(c.data))
			if !errors.Is(err, c.want) || p != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestBombIsRefusedWithoutItsPixels(t *testing.T) {
	bomb := pngBomb(10_000, 5_001, false)
	if len(bomb) > 100_000 {
		t.Fatalf("the bomb takes %d bytes itself", len(bomb))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	_, err := Process(context.Background(), bytes.NewReader(bomb))
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooManyPixels) {
		t.Fatal(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 || took > time.Second {
		t.Errorf("refused after %d bytes and %v", n, took)
	}
}

func TestPanicOfADecoder(t *testing.T) {
	_, err := guard(nil, func(io.Reader) (image.Image, error) { panic("index out of range") })
	if err == nil || !errors.Is((&input{}).fault(err), ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
}

// broken fails as a disk does, after a sound beginning.
type broken struct {
	*bytes.Reader
	err error
}

func (b broken) Read(p []byte) (int, error) {
	if b.Len() == 0 {
		return 0, b.err
	}
	return b.Reader.Read(p)
}

func TestFailureOfTheSourceIsNoFaultOfThePhoto(t *testing.T) {
	failure := errors.New("input/output error")
	jpg := encodeJPEG(t, corners(500, 500))
	for _, cut := range []int{0, 300, len(jpg) - 50} {
		_, err := Process(context.Background(), broken{bytes.NewReader(jpg[:cut]), failure})
		if !errors.Is(err, failure) || errors.Is(err, ErrCorrupt) {
			t.Errorf("after %d bytes: %v", cut, err)
		}
	}
}

func TestTwoAtOnce(t *testing.T) {
	decoding <- struct{}{}
	decoding <- struct{}{}
	free := func() { <-decoding }
	defer free()
	jpg := encodeJPEG(t, corners(20, 20))

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := Process(ctx, bytes.NewReader(jpg)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third: %v", err)
	}
	if _, err := Process(context.Background(), strings.NewReader("text")); !errors.Is(err, ErrNotAPhoto) {
		t.Errorf("what is refused anyway waits: %v", err)
	}
	free()
	if _, err := Process(context.Background(), bytes.NewReader(jpg)); err != nil {
		t.Errorf("after one has gone: %v", err)
	}
}

// ending ends its context once the header has been read.
type ending struct {
	*bytes.Reader
	reads  int
	cancel context.CancelFunc
}

func (e *ending) Read(p []byte) (int, error) {
	if e.reads++; e.reads > 4 {
		e.cancel()
	}
	return e.Reader.Read(p[:min(len(p), 4096)])
}

func TestEndOfTheRequestEndsTheDecoding(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	data := append([]byte{0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff}, make([]byte, 1<<20)...)
	src := &ending{Reader: bytes.NewReader(data), cancel: cancel}
	if _, err := Process(ctx, src); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's end", err)
	}
	if src.reads > 6 {
		t.Errorf("went on reading: %d", src.reads)
	}
}

// slow waits at each byte of a photo's picture.
type slow struct{ *bytes.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Reader.Read(p[:min(len(p), 256)])
}

func TestSlowPhotoIsGivenUp(t *testing.T) {
	defer func(before time.Duration) { decodeTime = before }(decodeTime)
	decodeTime = 20 * time.Millisecond
	noise := image.NewGray(image.Rect(0, 0, 400, 400))
	for i := range noise.Pix {
		noise.Pix[i] = byte(i * i >> 3)
	}
	_, err := Process(context.Background(), slow{bytes.NewReader(encodeJPEG(t, noise))})
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "too long") {
		t.Errorf("%v, want ErrCorrupt for the time", err)
	}
}

func TestSamplePhotos(t *testing.T) {
	for name, c := range map[string]struct{ w, h int }{
		"portrait_1.jpg":       {450, 600},
		"portrait_6.jpg":       {450, 600},
		"landscape_3.jpg":      {600, 450},
		"landscape_8.jpg":      {600, 450},
		"DSCN0010.jpg":         {640, 480},
		"DSCN0021.jpg":         {640, 480},
		"HMD_Nokia_8.3_5G.jpg": {2048, 878},
	} {
		t.Run(name, func(t *testing.T) {
			data := samplePhoto(t, name)
			if strings.HasPrefix(name, "DSCN") && !hasGPS(t, data) {
				t.Fatal("the sample has no GPS position, so nothing shows that it is dropped")
			}
			p, _ := process(t, data)
			if p.Width != c.w || p.Height != c.h {
				t.Errorf("%dx%d, want %dx%d", p.Width, p.Height, c.w, c.h)
			}
			if hasGPS(t, p.Main) || hasGPS(t, p.Thumbnail) {
				t.Error("the position is still there")
			}
		})
	}
	t.Run("iphone_13_pro_max.HEIC", func(t *testing.T) {
		_, err := Process(context.Background(), bytes.NewReader(samplePhoto(t, "iphone_13_pro_max.HEIC")))
		if !errors.Is(err, ErrHEIC) {
			t.Errorf("%v, want ErrHEIC", err)
		}
	})
}

// The samples of one scene were stored in different orientations.
func TestSampleOrientationsLookAlike(t *testing.T) {
	for _, pair := range [][2]string{{"portrait_1.jpg", "portrait_6.jpg"}, {"landscape_3.jpg", "landscape_8.jpg"}} {
		_, a := process(t, samplePhoto(t, pair[0]))
		_, b := process(t, samplePhoto(t, pair[1]))
		if d := difference(a, b); d > 20 {
			t.Errorf("%s and %s differ by %.1f a pixel", pair[0], pair[1], d)
		}
		if d := difference(a, orient(flatten(toRGBA(t, b)), 3)); d < 40 {
			t.Errorf("%s upside down differs by %.1f only: the comparison tells nothing", pair[1], d)
		}
	}
}

func toRGBA(t *testing.T, img image.Image) *image.RGBA {
	t.Helper()
	out, err := shrink(context.Background(), img, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// difference is the mean distance of the brightness of a's and b's pixels.
func difference(a, b image.Image) float64 {
	sum, size := 0.0, a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			p, q := color.GrayModel.Convert(a.At(x, y)).(color.Gray).Y, color.GrayModel.Convert(b.At(x, y)).(color.Gray).Y
			sum += float64(max(p, q) - min(p, q))
		}
	}
	return sum / float64(size.X*size.Y)
}

func FuzzProcess(f *testing.F) {
	img := corners(24, 16)
	f.Add(withEXIF(encodeJPEG(f, img), phoneEXIF(f, binary.BigEndian, 6)))
	f.Add(encodePNG(f, img))
	f.Add(losslessWebP(24, 16, color.NRGBA{R: 9, A: 99}))
	f.Add(heif("heic", "mif1"))
	f.Add([]byte("GIF89a"))
	f.Add(pngBomb(20_000, 15_000, true))
	var animated bytes.Buffer
	if err := gif.Encode(&animated, img, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(animated.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width*c.Height > 1<<20 && c.Width*c.Height <= maxPixels {
			t.Skip("sound, large and slow")
		}
		p, err := Process(context.Background(), bytes.NewReader(data))
		if err == nil {
			checkProcessed(t, p)
			return
		}
		for _, known := range []error{ErrNotAPhoto, ErrHEIC, ErrTooManyPixels, ErrCorrupt} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Errorf("an error that nobody maps: %v", err)
	})
}

func BenchmarkProcess(b *testing.B) {
	data := samplePhoto(b, "HMD_Nokia_8.3_5G.jpg")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Process(context.Background(), bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
