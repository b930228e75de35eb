package demo

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// Everything stands on a grid of paperWidth by paperHeight, whatever the size
// drawn. A picture of a face is as wide as it is high.
const (
	paperWidth  = 600
	paperHeight = 750
	scale       = 0.8 // pixels per unit
	faceTop     = 20
)

type xy struct{ x, y float64 }

// paper is what pictures are drawn on.
type paper struct{ *image.RGBA }

// draw draws the look.
func (l *look) draw(r dice) image.Image {
	p := paper{image.NewRGBA(image.Rect(0, 0, paperWidth*scale, paperHeight*scale))}
	p.backdrop(r, l.background)
	h := head{look: l, paper: p, dice: r, cx: paperWidth / 2, cy: 262, rx: 118, ry: 146}
	if l.face {
		h.portrait()
		return p.SubImage(image.Rect(0, faceTop*scale, paperWidth*scale, (faceTop+paperWidth)*scale))
	}
	h.fromBehind()
	return p
}

// backdrop is a soft gradient with a few lights out of focus.
func (p paper) backdrop(r dice, c [2]color.RGBA) {
	height := p.Rect.Dy()
	for y := range height {
		row := mix(c[0], c[1], float64(y)/float64(height))
		draw.Draw(p.RGBA, image.Rect(0, y, p.Rect.Dx(), y+1), image.NewUniform(row), image.Point{}, draw.Src)
	}
	for range 6 {
		radius := 30 + 90*r.Float64()
		p.fill(fade(color.RGBA{255, 255, 255, 255}, 0.10+0.12*r.Float64()), oval(r.Float64()*paperWidth, r.Float64()*paperHeight*0.8, radius, radius))
	}
}

func (p paper) fill(c color.Color, outline []xy) {
	// Only the part that the outline covers, since a rasterizer works through all of its area.
	box := image.Rectangle{Min: p.Rect.Max}
	for _, at := range outline {
		x, y := int(at.x*scale), int(at.y*scale)
		box.Min = image.Pt(min(box.Min.X, x-1), min(box.Min.Y, y-1))
		box.Max = image.Pt(max(box.Max.X, x+2), max(box.Max.Y, y+2))
	}
	box = box.Intersect(p.Rect)
	area := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, at := range outline {
		x, y := float32(at.x*scale)-float32(box.Min.X), float32(at.y*scale)-float32(box.Min.Y)
		if i == 0 {
			area.MoveTo(x, y)
			continue
		}
		area.LineTo(x, y)
	}
	area.ClosePath()
	area.Draw(p.RGBA, box, image.NewUniform(c), image.Point{})
}

func oval(x, y, rx, ry float64) []xy { return arc(x, y, rx, ry, 0, 2*math.Pi) }

func arc(x, y, rx, ry, from, to float64) []xy {
	const steps = 120
	outline := make([]xy, 0, steps+1)
	for i := range steps + 1 {
		sin, cos := math.Sincos(from + (to-from)*float64(i)/steps)
		outline = append(outline, xy{x + rx*cos, y + ry*sin})
	}
	return outline
}

// curve is the way from a to d, drawn towards b and c.
func curve(a, b, c, d xy) []xy {
	const steps = 60
	way := make([]xy, 0, steps+1)
	for i := range steps + 1 {
		t := float64(i) / steps
		u := 1 - t
		at := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
		way = append(way, xy{at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)})
	}
	return way
}

// brush leaves a soft dot of that radius.
func (p paper) brush(at xy, radius float64, c color.RGBA, strength float64) {
	at, radius = xy{at.x * scale, at.y * scale}, radius*scale
	x0, x1 := max(int(at.x-radius-1), 0), min(int(at.x+radius+2), p.Rect.Dx())
	y0, y1 := max(int(at.y-radius-1), 0), min(int(at.y+radius+2), p.Rect.Dy())
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			dx, dy := float64(x)-at.x, float64(y)-at.y
			cover := min(radius+0.5-math.Sqrt(dx*dx+dy*dy), 1) * strength
			if cover <= 0 {
				continue
			}
			pix := p.Pix[p.PixOffset(x, y):][:4:4]
			pix[0] = blend(pix[0], c.R, cover)
			pix[1] = blend(pix[1], c.G, cover)
			pix[2] = blend(pix[2], c.B, cover)
		}
	}
}

// dash leaves a line of one row, as long as half to each side.
func (p paper) dash(at xy, half float64, c color.RGBA, strength float64) {
	x, y := at.x*scale, int(at.y*scale)
	half *= scale
	x0, x1 := max(int(x-half-1), 0), min(int(x+half+2), p.Rect.Dx())
	if y < 0 || y >= p.Rect.Dy() || x0 >= x1 {
		return
	}
	row := p.Pix[p.PixOffset(x0, y):p.PixOffset(x1, y)]
	for i := 0; i < len(row); i += 4 {
		cover := min(half+0.5-math.Abs(float64(x0+i/4)-x), 1) * strength
		if cover <= 0 {
			continue
		}
		row[i] = blend(row[i], c.R, cover)
		row[i+1] = blend(row[i+1], c.G, cover)
		row[i+2] = blend(row[i+2], c.B, cover)
	}
}

// line draws along the way, thinner towards its end.
func (p paper) line(way []xy, radius float64, c color.RGBA, strength float64) {
	for i := 1; i < len(way); i++ {
		a, b := way[i-1], way[i]
		steps := max(int(math.Hypot(b.x-a.x, b.y-a.y)), 1)
		for s := range steps {
			t := float64(s) / float64(steps)
			p.brush(xy{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}, radius*(1-0.3*float64(i)/float64(len(way))), c, strength)
		}
	}
}

func blend(under, over uint8, cover float64) uint8 {
	return uint8(float64(under) + (float64(over)-float64(under))*cover + 0.5)
}

func mix(a, b color.RGBA, t float64) color.RGBA {
	t = min(max(t, 0), 1)
	return color.RGBA{blend(a.R, b.R, t), blend(a.G, b.G, t), blend(a.B, b.B, t), 255}
}

// shade makes a colour darker, below 1, or lighter.
func shade(c color.RGBA, by float64) color.RGBA {
	if by <= 1 {
		return mix(color.RGBA{12, 8, 10, 255}, c, by)
	}
	return mix(c, color.RGBA{255, 246, 234, 255}, by-1)
}

func fade(c color.RGBA, alpha float64) color.RGBA {
	a := func(v uint8) uint8 { return uint8(float64(v) * alpha) }
	return color.RGBA{a(c.R), a(c.G), a(c.B), a(255)}
}
