package demo

import (
	"image/color"
	"math"
)

// head is a head with its hair, seen from behind or from the front.
type head struct {
	*look
	paper
	dice
	cx, cy, rx, ry float64
	locks          []lock
}

// lock is strands that fall alike.
type lock struct{ phase, swing, light float64 }

const (
	crown     = 100.0 // where hair begins
	shortest  = 370.0 // where hair of length 0 ends
	reach     = 360.0 // how much lower the longest ends
	fullness  = 15.0  // of hair beyond the head
	ringAt    = 188.0 // the light on top of the head
	ringDepth = 27.0
)

func (h *head) end() float64 { return shortest + reach*h.length }

func (h *head) fromBehind() {
	h.body()
	if h.male {
		h.skull()
		h.cropped()
		return
	}
	h.split(14 + int(14*h.wave))
	h.fill(shade(h.root, 0.5), h.silhouette())
	for range 560 {
		u := 2*h.Float64() - 1
		h.strand(u, 1)
	}
}

// body is the neck and the shoulders.
func (h *head) body() {
	const collar, slope = 446.0, 572.0
	h.fill(shade(h.skin, 0.86), []xy{{h.cx - 48, 370}, {h.cx + 48, 370}, {h.cx + 56, collar + 50}, {h.cx - 56, collar + 50}})
	left := curve(xy{h.cx - 51, collar}, xy{h.cx - 70, collar + 42}, xy{h.cx - 200, collar + 32}, xy{h.cx - 238, slope})
	right := curve(xy{h.cx + 238, slope}, xy{h.cx + 200, collar + 32}, xy{h.cx + 70, collar + 42}, xy{h.cx + 51, collar})
	outline := append(left, xy{h.cx - 266, paperHeight}, xy{h.cx + 266, paperHeight})
	outline = append(outline, right...)
	outline = append(outline, curve(xy{h.cx + 51, collar}, xy{h.cx + 30, collar + 34}, xy{h.cx - 30, collar + 34}, xy{h.cx - 51, collar})...)
	h.fill(h.cloth, outline)
	h.line(curve(xy{h.cx - 55, collar + 6}, xy{h.cx - 32, collar + 46}, xy{h.cx + 32, collar + 46}, xy{h.cx + 55, collar + 6}), 3, shade(h.cloth, 0.9), 0.8)
}

func (h *head) split(n int) {
	h.locks = make([]lock, n)
	phase := h.Float64() * 2 * math.Pi
	for i := range h.locks {
		// Neighbours fall nearly alike, or curls would look like noise.
		phase += 0.5 + 1.1*h.Float64()
		h.locks[i] = lock{phase: phase, swing: 0.75 + 0.5*h.Float64(), light: 0.88 + 0.24*h.Float64()}
	}
}

// halfWidth is how far the hair reaches to each side at a height.
func (h *head) halfWidth(y float64) float64 {
	rx, ry := h.rx+fullness, h.cy-crown
	if y < h.cy {
		part := (y - h.cy) / ry
		return rx * math.Sqrt(max(1-part*part, 0))
	}
	s := (y - h.cy) / max(h.end()-h.cy, 1)
	return rx * (1 - 0.13*math.Sin(math.Pi*min(s*0.9, 1)) + (0.34*h.wave-0.10)*s)
}

func (h *head) silhouette() []xy {
	var left, right []xy
	for y := crown; y < h.end()-8; y += 4 {
		w := h.halfWidth(y) * 0.97
		left = append([]xy{{h.cx - w, y}}, left...)
		right = append(right, xy{h.cx + w, y})
	}
	return append(right, left...)
}

// strand falls from the crown at u, -1 to 1 from left to right.
func (h *head) strand(u, light float64) {
	l := h.locks[min(int((u+1)/2*float64(len(h.locks))), len(h.locks)-1)]
	end := h.end() + 14*(1-u*u) + (h.Float64()-0.5)*(18+50*h.length)
	start := crown + 4 + 10*h.Float64()
	bend := h.cy - 70
	own := 0.84 + 0.36*h.Float64()
	phase := l.phase + 0.5*h.Float64()
	radius := 1.3 + 1.1*h.Float64()
	before := h.cx
	for y := start; y < end; y += 1 / scale {
		s := (y - bend) / (h.end() - bend)
		swing, curl := 0.0, 0.0
		if s > 0 {
			angle := 2*math.Pi*h.turns*s + phase
			swing = math.Sin(angle) * h.wave * l.swing * min(s*2.2, 1) * 24
			curl = math.Cos(angle) * min(h.wave*1.6, 0.9) * min(s*2.5, 1)
		}
		tone := light * own * l.light * (0.58 + 0.42*math.Cos(u*1.3)) * (1 + 0.24*curl)
		ring := (y - ringAt - 40*u*u - 8*math.Sin(l.phase*3)) / ringDepth
		tone += 0.30 * math.Exp(-ring*ring)
		x := h.cx + u*h.halfWidth(y) + swing
		if y == start {
			before = x
		}
		// Where a strand lies flat, its part of a row is longer.
		half := radius * min((end-y)/40+0.35, 1) * math.Hypot(1, (x-before)*scale)
		h.dash(xy{x, y}, half, h.tint((y-crown)/(h.end()-crown), tone), 0.9)
		before = x
	}
}

func (h *head) tint(down, tone float64) color.RGBA {
	t := min(max((down-0.38)/0.5, 0), 1)
	return shade(mix(h.root, h.tip, t*t*(3-2*t)), tone)
}

// skull is the skin that short hair leaves free.
func (h *head) skull() {
	for _, side := range []float64{-1, 1} {
		h.fill(shade(h.skin, 0.93), oval(h.cx+side*(h.rx-8), h.cy+36, 15, 29))
		h.fill(shade(h.skin, 0.82), oval(h.cx+side*(h.rx-8), h.cy+38, 8, 17))
	}
	h.fill(shade(h.skin, 0.95), oval(h.cx, h.cy, h.rx-10, h.ry-4))
}

// cropped is short hair from behind: full on top, shaved towards the neck.
func (h *head) cropped() {
	const hairline = 104.0 // below the middle of the head
	for range 5200 {
		u := 2*h.Float64() - 1
		down := h.Float64()
		top := h.cy - (h.ry+4)*math.Sqrt(1-u*u*0.96)
		bottom := h.cy + hairline*math.Sqrt(1-u*u*0.8)
		y := top + (bottom-top)*down
		short := max((y-h.cy+20)/(hairline+20), 0)
		if h.Float64() < short*short*0.9 {
			continue
		}
		length := 12 + 30*(1-short)*(1-0.5*u*u)
		from := xy{h.cx + u*(h.rx-2), y}
		h.tuft(from, xy{u * length * 0.35 * (1 - down), length}, 0.75*(1-0.75*short))
	}
	for range 300 {
		u := 1.8*h.Float64() - 0.9
		from := xy{h.cx + u*(h.rx-10), h.cy - (h.ry+6)*math.Sqrt(1-u*u*0.96)}
		h.tuft(from, xy{u*14 + h.offset(8+20*h.wave), 30 + 20*h.Float64()}, 0.8)
	}
}

// tuft is a short strand along a vector.
func (h *head) tuft(from, along xy, strength float64) {
	u := (from.x - h.cx) / h.rx
	bow := h.offset(2 + 16*h.wave)
	mid := xy{from.x + along.x*0.5 + bow, from.y + along.y*0.5}
	to := xy{from.x + along.x, from.y + along.y}
	ring := (from.y - ringAt + 12 - 40*u*u) / ringDepth
	tone := (0.75+0.4*h.Float64())*(0.55+0.45*math.Cos(u*1.25)) + 0.26*math.Exp(-ring*ring)
	const pieces = 6
	way := []xy{from}
	for i := 1; i <= pieces; i++ {
		t := float64(i) / pieces
		way = append(way, xy{(1-t)*(1-t)*from.x + 2*t*(1-t)*mid.x + t*t*to.x, (1-t)*(1-t)*from.y + 2*t*(1-t)*mid.y + t*t*to.y})
	}
	h.line(way, 1.7, h.tint((from.y-crown)/300, tone), strength*0.6)
}
