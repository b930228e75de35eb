package demo

import (
	"image/color"

	"freety/routes/catalogue"
)

// look is what a picture shows.
type look struct {
	face, male bool
	suits      []catalogue.Service
	length     float64 // of the hair: how far down it reaches, 0 to 1
	wave       float64 // 0 is straight, 1 is curly
	turns      float64 // of a strand, on its way down
	root, tip  color.RGBA
	background [2]color.RGBA
	skin       color.RGBA
	cloth      color.RGBA
}

var (
	black     = color.RGBA{0x2a, 0x26, 0x2a, 0xff}
	espresso  = color.RGBA{0x3d, 0x2b, 0x24, 0xff}
	chestnut  = color.RGBA{0x6b, 0x41, 0x2c, 0xff}
	chocolate = color.RGBA{0x52, 0x35, 0x28, 0xff}
	ash       = color.RGBA{0x7c, 0x6c, 0x60, 0xff}
	khaki     = color.RGBA{0x6e, 0x62, 0x46, 0xff}
	caramel   = color.RGBA{0xa8, 0x72, 0x45, 0xff}
	honey     = color.RGBA{0xc9, 0x9b, 0x63, 0xff}
	blond     = color.RGBA{0xd9, 0xc3, 0x9c, 0xff}
	platinum  = color.RGBA{0xdc, 0xd8, 0xd2, 0xff}
	wine      = color.RGBA{0x6d, 0x29, 0x33, 0xff}
	rose      = color.RGBA{0xa4, 0x5f, 0x5e, 0xff}
	pink      = color.RGBA{0xd8, 0x8d, 0xa3, 0xff}
	navy      = color.RGBA{0x24, 0x2c, 0x46, 0xff}
	lavender  = color.RGBA{0x98, 0x88, 0xb5, 0xff}
	mint      = color.RGBA{0x7f, 0xa9, 0x9c, 0xff}
)

var backgrounds = [][2]color.RGBA{
	{{0xf7, 0xee, 0xe6, 0xff}, {0xe9, 0xd5, 0xc6, 0xff}},
	{{0xee, 0xf1, 0xf4, 0xff}, {0xcf, 0xd9, 0xe3, 0xff}},
	{{0xf4, 0xf0, 0xf7, 0xff}, {0xd9, 0xcf, 0xe5, 0xff}},
	{{0xf0, 0xf4, 0xee, 0xff}, {0xcf, 0xdc, 0xcb, 0xff}},
	{{0xfa, 0xf1, 0xef, 0xff}, {0xee, 0xcf, 0xca, 0xff}},
	{{0xf5, 0xf3, 0xed, 0xff}, {0xdd, 0xd6, 0xc4, 0xff}},
}

var skins = []color.RGBA{{0xf3, 0xd7, 0xc3, 0xff}, {0xee, 0xcd, 0xb5, 0xff}, {0xe6, 0xc0, 0xa5, 0xff}}

var cloths = []color.RGBA{
	{0xfb, 0xf9, 0xf6, 0xff}, {0x5b, 0x67, 0x7d, 0xff}, {0xc8, 0xb7, 0xa4, 0xff}, {0x8f, 0xa3, 0x98, 0xff}, {0xd9, 0xa7, 0x9c, 0xff}, {0x3f, 0x3d, 0x43, 0xff}, {0xb7, 0xb3, 0xc9, 0xff},
}

const (
	nape     = 0.12
	chin     = 0.30
	shoulder = 0.52
	breast   = 0.78
	waist    = 1.0
)

// looks are all there are: each stands for work that recruitments offer.
func looks(r dice) []look {
	natural := [][2]color.RGBA{{black, black}, {espresso, espresso}, {espresso, chestnut}, {chocolate, chocolate}, {chestnut, caramel}}
	coloured := [][2]color.RGBA{{ash, ash}, {khaki, khaki}, {wine, wine}, {navy, navy}, {chestnut, honey}, {rose, rose}, {chocolate, caramel}}
	bleached := [][2]color.RGBA{{blond, platinum}, {espresso, blond}, {platinum, platinum}, {pink, pink}, {chocolate, pink}, {lavender, platinum}, {ash, mint}}

	var all []look
	add := func(count int, hair look, colours [][2]color.RGBA, lengths ...float64) {
		for i := range count {
			l := hair
			c := colours[i%len(colours)]
			l.root, l.tip = c[0], c[1]
			l.length = lengths[i%len(lengths)]
			l.background, l.skin, l.cloth = pick(r, backgrounds), pick(r, skins), pick(r, cloths)
			l.turns += r.offset(0.15)
			all = append(all, l)
		}
	}
	straight := []catalogue.Service{"cut", "straightening", "treatment", "other"}
	add(5, look{suits: straight, wave: 0.04, turns: 1}, natural, shoulder, waist, breast)
	add(2, look{suits: []catalogue.Service{"cut", "styling"}, wave: 0.10, turns: 0.8}, natural, chin, nape)
	add(4, look{suits: []catalogue.Service{"perm", "styling", "extension"}, wave: 0.45, turns: 2.2}, natural, breast, waist, shoulder)
	add(2, look{suits: []catalogue.Service{"perm"}, wave: 0.85, turns: 4.6}, natural, shoulder, breast)
	add(5, look{suits: []catalogue.Service{"color"}, wave: 0.16, turns: 1.6}, coloured, breast, shoulder, waist)
	add(5, look{suits: []catalogue.Service{"bleach", "extension"}, wave: 0.24, turns: 1.9}, bleached, waist, breast, chin)
	men := look{male: true, wave: 0.10, turns: 0.8, suits: catalogue.Services}
	add(3, men, natural, 0)
	men.wave, men.turns = 0.5, 2.2
	add(2, men, natural, 0)

	add(8, look{face: true, wave: 0.14, turns: 1.3}, append(natural, coloured...), shoulder, chin, breast, shoulder)
	add(3, look{face: true, male: true, wave: 0.1, turns: 1}, natural, 0)
	return all
}
