package photos

import (
	"image"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/draw"
	"golang.org/x/image/vector"
)

// The names in Defaults of the pictures that are shown for a person and a
// recruitment that have none of their own.
const (
	DefaultPerson               = "default-person.jpg"
	DefaultPersonThumbnail      = "default-person-thumb.jpg"
	DefaultRecruitment          = "default-recruitment.jpg"
	DefaultRecruitmentThumbnail = "default-recruitment-thumb.jpg"

	// DefaultSide and DefaultThumbnailSide are the width and the height of a
	// default picture and of its thumbnail.
	DefaultSide          = 640
	DefaultThumbnailSide = 240

	DefaultPersonBlurhash      = "LSP6zPxv~o%M~pofM|j[WBfQM|WB"
	DefaultRecruitmentBlurhash = "LDSYQ[?b_M_2.TkCv}oL%Mj[IUWB"
)

// Defaults returns the default pictures, JPEGs by name, drawn at the first call.
// All callers get the same map: do not change it.
func Defaults() map[string][]byte { return defaults() }

var defaults = sync.OnceValue(func() map[string][]byte {
	return map[string][]byte{
		DefaultPerson:               person(DefaultSide).jpeg(),
		DefaultPersonThumbnail:      person(DefaultThumbnailSide).jpeg(),
		DefaultRecruitment:          recruitment(DefaultSide).jpeg(),
		DefaultRecruitmentThumbnail: recruitment(DefaultThumbnailSide).jpeg(),
	}
})

var (
	lilac  = color.RGBA{0xec, 0xe7, 0xf4, 0xff}
	violet = color.RGBA{0xb0, 0xa3, 0xcf, 0xff}
	peach  = color.RGBA{0xfb, 0xec, 0xe5, 0xff}
	coral  = color.RGBA{0xe8, 0x96, 0x82, 0xff}
	steel  = color.RGBA{0x8e, 0x9a, 0xb4, 0xff}
)

// person is a head and shoulders.
func person(side int) canvas {
	c := newCanvas(side, lilac)
	c.fill(violet, ellipse(320, 640, 236, 262))
	// A rim of the background separates the head from the shoulders.
	c.fill(lilac, ellipse(320, 250, 142, 154))
	c.fill(violet, ellipse(320, 250, 116, 128))
	return c
}

// recruitment is a pair of open scissors.
func recruitment(side int) canvas {
	c := newCanvas(side, peach)
	pivot := point{320, 335}
	for _, half := range []float64{-1, 1} {
		// Drawn upright, then turned to its side about the pivot.
		place := func(s shape) shape {
			out := make(shape, len(s))
			for i, p := range s {
				p.x = 320 + half*(p.x-320)
				out[i] = p.around(pivot, half*21*math.Pi/180)
			}
			return out
		}
		c.fill(steel, place(shape{{302, 360}, {300, 200}, {305, 120}, {313, 62}, {318, 54}, {324, 62}, {334, 120}, {340, 200}, {338, 360}}))
		c.fill(coral, place(shape{{302, 352}, {338, 352}, {326, 460}, {292, 456}}))
		c.fill(coral, place(ellipse(296, 506, 66, 80)))
		c.fill(peach, place(ellipse(296, 506, 40, 54)))
	}
	c.fill(peach, ellipse(pivot.x, pivot.y, 10, 10))
	return c
}

// point is on a grid of DefaultSide by DefaultSide, whatever size is drawn.
type point struct{ x, y float64 }

// around returns p turned clockwise about centre.
func (p point) around(centre point, angle float64) point {
	sin, cos := math.Sincos(angle)
	dx, dy := p.x-centre.x, p.y-centre.y
	return point{centre.x + dx*cos - dy*sin, centre.y + dx*sin + dy*cos}
}

// shape is the corners of a closed outline.
type shape []point

func ellipse(x, y, rx, ry float64) shape {
	s := make(shape, 180)
	for i := range s {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(s)))
		s[i] = point{x + rx*cos, y + ry*sin}
	}
	return s
}

type canvas struct{ *image.RGBA }

func newCanvas(side int, background color.Color) canvas {
	c := canvas{image.NewRGBA(image.Rect(0, 0, side, side))}
	draw.Draw(c, c.Rect, image.NewUniform(background), image.Point{}, draw.Src)
	return c
}

func (c canvas) fill(paint color.Color, s shape) {
	side := c.Rect.Dx()
	scale := func(v float64) float32 { return float32(v * float64(side) / DefaultSide) }
	outline := vector.NewRasterizer(side, side)
	for i, p := range s {
		if i == 0 {
			outline.MoveTo(scale(p.x), scale(p.y))
			continue
		}
		outline.LineTo(scale(p.x), scale(p.y))
	}
	outline.ClosePath()
	outline.Draw(c, c.Rect, image.NewUniform(paint), image.Point{})
}

func (c canvas) jpeg() []byte {
	data, err := encode(c.RGBA)
	if err != nil {
		panic(err) // our own picture can always be encoded
	}
	return data
}
