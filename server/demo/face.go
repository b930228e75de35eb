package demo

import (
	"image/color"
	"math"
)

const (
	faceWidth  = 98.0
	faceHeight = 126.0
	brow       = 186.0 // where the forehead begins
)

// portrait is a face without more features than it needs to be friendly.
func (h *head) portrait() {
	if h.male {
		h.body()
		h.face()
		h.fringe(260)
		return
	}
	h.split(14)
	h.fill(shade(h.root, 0.5), h.silhouette())
	for range 320 {
		h.strand(2*h.Float64()-1, 0.72)
	}
	h.body()
	h.face()
	h.curtains()
}

func (h *head) face() {
	y := h.cy + 22
	for _, side := range []float64{-1, 1} {
		h.fill(shade(h.skin, 0.94), oval(h.cx+side*(faceWidth+2), y+16, 13, 24))
	}
	// The face's shadow on the neck.
	h.fill(fade(shade(h.skin, 0.68), 0.5), oval(h.cx, y+faceHeight-4, 52, 24))
	outline := arc(h.cx, y, faceWidth, faceHeight-10, math.Pi, 2*math.Pi)
	outline = append(outline, curve(xy{h.cx + faceWidth, y}, xy{h.cx + faceWidth - 2, y + 76}, xy{h.cx + 40, y + faceHeight}, xy{h.cx, y + faceHeight})...)
	outline = append(outline, curve(xy{h.cx, y + faceHeight}, xy{h.cx - 40, y + faceHeight}, xy{h.cx - faceWidth + 2, y + 76}, xy{h.cx - faceWidth, y})...)
	h.fill(h.skin, outline)

	ink := color.RGBA{0x4a, 0x38, 0x34, 0xff}
	for _, side := range []float64{-1, 1} {
		x := h.cx + side*42
		h.fill(fade(color.RGBA{0xe8, 0x8d, 0x85, 0xff}, 0.32), oval(x+side*8, y+46, 21, 13))
		h.fill(ink, oval(x, y+14, 6, 7.5))
		h.fill(color.RGBA{255, 255, 255, 255}, oval(x+2, y+11, 2, 2.4))
		h.line(curve(xy{x - 15, y - 14}, xy{x - 6, y - 20}, xy{x + 6, y - 20}, xy{x + 15, y - 14}), 2.4, mix(h.root, h.skin, 0.25), 0.5)
	}
	h.line(curve(xy{h.cx - 4, y + 44}, xy{h.cx - 2, y + 49}, xy{h.cx + 3, y + 49}, xy{h.cx + 5, y + 46}), 1.5, shade(h.skin, 0.74), 0.7)
	h.line(curve(xy{h.cx - 20, y + 72}, xy{h.cx - 8, y + 84}, xy{h.cx + 8, y + 84}, xy{h.cx + 20, y + 72}), 2.4, color.RGBA{0xb9, 0x5b, 0x57, 0xff}, 0.6)
}

// curtains is long hair that falls to both sides of a parting, and sometimes
// over the forehead.
func (h *head) curtains() {
	part := h.cx + h.offset(22)
	for range 620 {
		side := 1.0
		if h.Float64() < 0.5 {
			side = -1
		}
		// 0 lies at the face, 1 outside.
		out := h.Float64()
		from := xy{part + side*6*h.Float64(), crown + 8 + 64*(1-out)*h.Float64()}
		temple := xy{h.cx + side*(faceWidth*0.80+out*(h.rx+fullness-faceWidth*0.80)), h.cy + 6}
		h.stroke(curve(from, xy{from.x + side*34, from.y - 6 + 14*(1-out)}, xy{temple.x, temple.y - 96 + 40*(1-out)}, temple), side*(0.3+0.6*out), 0.5)
		end := h.end() + h.offset(14)
		fall := xy{h.cx + side*(faceWidth*0.82+out*(h.halfWidth(end)-faceWidth*0.82)), end}
		swing := h.wave * 60 * side
		h.stroke(curve(temple, xy{temple.x + swing, temple.y + (end-temple.y)*0.35}, xy{fall.x - swing, temple.y + (end-temple.y)*0.7}, fall), side*(0.35+0.6*out), 0.5)
	}
	if h.chance(45) {
		h.fringe(120)
	}
}

// fringe is hair that falls on the forehead; all there is, on a short cut.
func (h *head) fringe(count int) {
	if h.male {
		h.cap()
	}
	lean := h.offset(18)
	for range count {
		u := 1.7*h.Float64() - 0.85
		from := xy{h.cx + u*62, crown + 12 + 26*u*u + 26*h.Float64()}
		to := xy{h.cx + u*faceWidth*0.94 + lean, brow + 38 + 22*u*u + h.offset(9)}
		h.stroke(curve(from, xy{from.x + u*16, from.y + 20}, xy{to.x + h.offset(4), to.y - 44}, to), u*0.6, 0.55)
	}
}

// cap is the short hair around a face.
func (h *head) cap() {
	const side = faceWidth + 9
	middle := h.cy - 14
	dome := arc(h.cx, middle, side, middle-crown, math.Pi, 2*math.Pi)
	dome = append(dome, xy{h.cx + faceWidth + 1, h.cy + 24}, xy{h.cx + faceWidth - 9, h.cy + 20}, xy{h.cx + faceWidth - 14, brow + 44})
	dome = append(dome, curve(xy{h.cx + faceWidth - 18, brow + 26}, xy{h.cx + 40, brow + 6}, xy{h.cx - 40, brow + 6}, xy{h.cx - faceWidth + 18, brow + 26})...)
	dome = append(dome, xy{h.cx - faceWidth + 14, brow + 44}, xy{h.cx - faceWidth + 9, h.cy + 20}, xy{h.cx - faceWidth - 1, h.cy + 24})
	h.fill(shade(h.root, 0.62), dome)
	for range 460 {
		u := 2*h.Float64() - 1
		from := xy{h.cx + u*(side-4), middle - (middle-crown)*math.Sqrt(1-u*u*0.97) + 2 + 26*h.Float64()}
		to := xy{from.x + u*7*(1-u*u), min(from.y+44+50*math.Abs(u), h.cy+18)}
		h.stroke(curve(from, xy{from.x + u*9, from.y + 10}, xy{to.x + u*2, to.y - 18}, to), u*0.8, 0.5)
	}
}

// stroke is a strand along a way, lit by how far from the middle it lies.
func (h *head) stroke(way []xy, u, strength float64) {
	own := (0.84 + 0.36*h.Float64()) * (0.62 + 0.38*math.Cos(u*1.4))
	radius := 1.2 + 1.1*h.Float64()
	for i := 1; i < len(way); i++ {
		a, b := way[i-1], way[i]
		ring := (a.y - ringAt + 22 - 30*u*u) / ringDepth
		tone := own + 0.28*math.Exp(-ring*ring)
		c := h.tint((a.y-crown)/(h.end()-crown), tone)
		steps := max(int(math.Hypot(b.x-a.x, b.y-a.y)/1.2), 1)
		for s := range steps {
			t := float64(s) / float64(steps)
			h.brush(xy{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}, radius, c, strength)
		}
	}
}
