package photos

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"time"

	"github.com/bbrks/go-blurhash"
	"github.com/bep/imagemeta"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// The errors for photos that Process refuses. Match them with errors.Is and show
// the client their own text: what wraps them is for the log.
var (
	ErrNotAPhoto     = errors.New("this is not a photo that can be read: send JPEG, PNG, WebP or GIF")
	ErrHEIC          = errors.New("HEIC, HEIF and AVIF cannot be read: send JPEG, which iOS makes when the app asks for JPEG")
	ErrTooManyPixels = errors.New("the photo is too large: at most 50 megapixels, and 65,535 pixels a side")
	ErrCorrupt       = errors.New("the photo is damaged or incomplete: send it again")
)

const (
	maxPixels     = 50_000_000
	maxSide       = 65_535 // a scaler's table grows with the side: 3 GB for 50 million by 1
	mainSide      = 2048
	thumbnailSide = 480
	blurhashSide  = 32
	jpegQuality   = 85
)

// decodeTime stops files that are made to be slow: a progressive JPEG of a few
// megabytes may ask for thousands of passes over 50 megapixels. Tests shorten it.
var decodeTime = 30 * time.Second

// decoding bounds how many photos are decoded at once: one may need hundreds
// of megabytes.
var decoding = make(chan struct{}, 2)

// Processed is a photo as it is stored and shown.
type Processed struct {
	Main, Thumbnail []byte // JPEG without any metadata
	Width, Height   int    // of Main
	Blurhash        string
}

// Process reads a JPEG, PNG, WebP or GIF (its first frame) and makes the
// pictures that are stored: upright, at most 2048 pixels on the long side, on
// white where it was transparent, and without metadata. A fault of the photo is
// one of the errors above; a failure of src and the end of ctx are returned as
// they are.
func Process(ctx context.Context, src io.ReadSeeker) (*Processed, error) {
	in := &input{ctx: ctx, src: src}
	f, err := in.format()
	if err != nil {
		return nil, err
	}
	// Before the queue, so that what is refused anyway does not wait in it.
	if err := in.checkSize(f); err != nil {
		return nil, err
	}
	select {
	case decoding <- struct{}{}:
		defer func() { <-decoding }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}

	upright, err := in.read(f)
	if err != nil {
		return nil, err
	}
	b := upright.Bounds()
	thumbnail, err := shrink(ctx, upright, thumbnailSide)
	if err != nil {
		return nil, err
	}
	p := &Processed{Width: b.Dx(), Height: b.Dy()}
	if p.Main, err = encode(upright); err != nil {
		return nil, err
	}
	if p.Thumbnail, err = encode(thumbnail); err != nil {
		return nil, err
	}
	p.Blurhash, err = hash(ctx, thumbnail)
	return p, err
}

// input is a source that stops when its context ends, and remembers its own
// failures, so that they are not taken for a damaged photo.
type input struct {
	ctx context.Context
	src io.ReadSeeker
	err error
}

func (in *input) Read(p []byte) (int, error) {
	if in.ctx.Err() != nil {
		in.err = context.Cause(in.ctx)
		return 0, in.err
	}
	n, err := in.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		in.err = err
	}
	return n, err
}

// Seek makes input an io.ReadSeeker, which reading metadata needs. A bad offset
// comes from a damaged file and is not a failure of the source.
func (in *input) Seek(offset int64, whence int) (int64, error) {
	return in.src.Seek(offset, whence)
}

func (in *input) rewind() error {
	_, err := in.src.Seek(0, io.SeekStart)
	return err
}

// fault turns a decoder's error into the source's own failure or ErrCorrupt.
func (in *input) fault(err error) error {
	if in.err != nil {
		return in.err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

type format struct {
	name   string
	magic  func(head []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	meta   imagemeta.ImageFormat // where to look for an orientation; 0 if it has none
}

var formats = []format{
	{"jpeg", prefix("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG},
	{"png", prefix("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode, imagemeta.PNG},
	{"gif", prefix("GIF8"), gif.DecodeConfig, gif.Decode, 0},
	{"webp", isWebP, webp.DecodeConfig, webp.Decode, imagemeta.WebP},
}

func prefix(magic string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

func isWebP(head []byte) bool {
	return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
}

var heifBrands = []string{
	"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs",
	"mif1", "mif2", "msf1", "avif", "avis",
}

// isHEIF looks at the brands of an ISO media file, including the compatible ones,
// because the major one may be the writer's own.
func isHEIF(head []byte) bool {
	if len(head) < 16 || string(head[4:8]) != "ftyp" {
		return false
	}
	end := min(uint64(binary.BigEndian.Uint32(head)), uint64(len(head)))
	for i := uint64(8); i+4 <= end; i += 4 {
		// At 12 is a version number, which matches no brand.
		if slices.Contains(heifBrands, string(head[i:i+4])) {
			return true
		}
	}
	return false
}

// format finds the type from the content, never from what the client says.
func (in *input) format() (format, error) {
	if err := in.rewind(); err != nil {
		return format{}, err
	}
	head := make([]byte, 256)
	n, _ := io.ReadFull(in, head)
	if in.err != nil {
		return format{}, in.err
	}
	head = head[:n]
	for _, f := range formats {
		if f.magic(head) {
			return f, nil
		}
	}
	if isHEIF(head) {
		return format{}, ErrHEIC
	}
	return format{}, ErrNotAPhoto
}

// checkSize reads the header alone: a PNG of 100 KB can ask for a gigabyte.
func (in *input) checkSize(f format) error {
	if err := in.rewind(); err != nil {
		return err
	}
	c, err := guard(in, f.config)
	if err != nil {
		return in.fault(err)
	}
	if c.Width < 1 || c.Height < 1 {
		return in.fault(errors.New("no pixels"))
	}
	if c.Width > maxSide || c.Height > maxSide || int64(c.Width)*int64(c.Height) > maxPixels {
		return ErrTooManyPixels
	}
	return nil
}

// read decodes the photo and makes it small, opaque and upright, in this
// order, so that only decoding touches all its pixels at once.
func (in *input) read(f format) (*image.RGBA, error) {
	tooLong := fmt.Errorf("%w: takes too long to decode", ErrCorrupt)
	ctx, cancel := context.WithTimeoutCause(in.ctx, decodeTime, tooLong)
	defer cancel()
	timed := &input{ctx: ctx, src: in.src}

	turn := timed.orientation(f)
	if err := timed.rewind(); err != nil {
		return nil, err
	}
	img, err := guard(timed, f.decode)
	if err != nil {
		return nil, timed.fault(err)
	}
	if img.Bounds().Empty() {
		return nil, timed.fault(errors.New("no pixels"))
	}
	small, err := shrink(in.ctx, img, mainSide)
	if err != nil {
		return nil, err
	}
	return orient(flatten(small), turn), nil
}

// guard turns a panic of a decoder into an error, since anyone may send any file.
func guard[T any](in io.Reader, decode func(io.Reader) (T, error)) (result T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decoder panicked: %v", r)
		}
	}()
	return decode(in)
}

// orientation returns the EXIF orientation, 1 to 8. It is 1 if there is none or
// it cannot be read, because the picture itself may still be sound.
func (in *input) orientation(f format) int {
	found := 1
	if f.meta == 0 || in.rewind() != nil {
		return found
	}
	isOrientation := func(t imagemeta.TagInfo) bool { return t.Namespace == "IFD0" && t.Tag == "Orientation" }
	_, _ = guard(in, func(io.Reader) (imagemeta.DecodeResult, error) {
		return imagemeta.Decode(imagemeta.Options{
			R:               in,
			ImageFormat:     f.meta,
			Sources:         imagemeta.EXIF,
			ShouldHandleTag: isOrientation,
			HandleTag: func(t imagemeta.TagInfo) error {
				if v, ok := t.Value.(uint16); ok && v >= 1 && v <= 8 {
					found = int(v)
				}
				return imagemeta.ErrStopWalking
			},
		})
	})
	return found
}

// shrink scales img to at most side pixels on its long side; a smaller one keeps
// its size. It scales the width and then the height, a strip at a time, which
// takes a few megabytes: for a whole picture, draw's scaler holds 32 bytes for
// each pixel of the new width by the old height, 400 MB for the largest photo.
func shrink(ctx context.Context, img image.Image, side int) (*image.RGBA, error) {
	const strip = 64
	b := img.Bounds()
	w, h := fit(b.Dx(), b.Dy(), side)

	narrow := image.NewRGBA(image.Rect(0, 0, w, b.Dy()))
	// The scaler reads a pixel four times, so converting it first is cheaper.
	converted := image.NewRGBA(image.Rect(0, 0, b.Dx(), strip))
	rows := draw.CatmullRom.NewScaler(w, strip, b.Dx(), strip)
	for y := 0; y < b.Dy(); y += strip {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		end := min(y+strip, b.Dy())
		from := image.Rect(0, 0, b.Dx(), end-y)
		draw.Draw(converted, from, img, b.Min.Add(image.Pt(0, y)), draw.Src)
		rows.Scale(narrow, image.Rect(0, y, w, end), converted, from, draw.Src, nil)
	}
	if h == b.Dy() {
		return narrow, nil
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	columns := draw.CatmullRom.NewScaler(strip, h, strip, b.Dy())
	for x := 0; x < w; x += strip {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		end := min(x+strip, w)
		columns.Scale(small, image.Rect(x, 0, end, h), narrow, image.Rect(x, 0, end, b.Dy()), draw.Src, nil)
	}
	return small, nil
}

// fit returns the size of w by h scaled so that its long side is at most side and
// its short one at least a pixel.
func fit(w, h, side int) (int, int) {
	long := max(w, h)
	if long <= side {
		return w, h
	}
	scaled := func(n int) int { return max(1, (n*side+long/2)/long) }
	return scaled(w), scaled(h)
}

// flatten puts img on white, because JPEG has no transparency.
func flatten(img *image.RGBA) *image.RGBA {
	if img.Opaque() {
		return img
	}
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Over)
	return out
}

// orient turns and mirrors img as its EXIF orientation says.
func orient(img *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return img
	}
	right, bottom := img.Rect.Dx()-1, img.Rect.Dy()-1
	// from returns where the upright pixel is in img.
	from := [9]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return right - x, y },
		3: func(x, y int) (int, int) { return right - x, bottom - y },
		4: func(x, y int) (int, int) { return x, bottom - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, bottom - x },
		7: func(x, y int) (int, int) { return right - y, bottom - x },
		8: func(x, y int) (int, int) { return right - y, x },
	}[orientation]
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := from(x, y)
			copy(out.Pix[out.PixOffset(x, y):][:4], img.Pix[img.PixOffset(sx, sy):][:4])
		}
	}
	return out
}

func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: jpegQuality})
	return out.Bytes(), err
}

// hash returns the blurhash of img, made from a few pixels, as more would not
// show.
func hash(ctx context.Context, img image.Image) (string, error) {
	tiny, err := shrink(ctx, img, blurhashSide)
	if err != nil {
		return "", err
	}
	return blurhash.Encode(4, 3, tiny)
}
