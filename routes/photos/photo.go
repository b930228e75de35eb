// Package photos owns pictures: their parts in a form, what becomes of them,
// where they are kept, and the ones shown in place of a missing one.
package photos

import (
	"strings"
	"time"
)

// Photo is a picture as clients see it.
type Photo struct {
	ID           *int64 `json:"id" db:"-" doc:"None for the picture shown in place of a missing one."`
	RowID        int64  `json:"-" db:"id"`
	Name         string `json:"-"`
	URL          string `json:"url" db:"-" format:"uri" doc:"Absolute; cannot be guessed."`
	ThumbnailURL string `json:"thumbnailUrl" db:"-" format:"uri"`
	Width        int    `json:"width" doc:"Pixels."`
	Height       int    `json:"height" doc:"Pixels."`
	State        string `json:"state" enum:"ready,processing"`
	Blurhash     string `json:"blurhash" doc:"A blurred preview, https://blurha.sh."`
}

// Links turns rows into photos with URLs.
type Links struct {
	BaseURL string // the server's public URL
}

const (
	suffix      = ".jpg"
	thumbSuffix = "-thumb.jpg"
)

// Subject is what a photo shows; it decides the picture in place of a missing one.
type Subject struct{ name, blurhash string }

// What photos show.
var (
	OfPerson      = Subject{strings.TrimSuffix(DefaultPerson, suffix), DefaultPersonBlurhash}
	OfRecruitment = Subject{strings.TrimSuffix(DefaultRecruitment, suffix), DefaultRecruitmentBlurhash}
)

// Fill sets the id and URLs of a photo that was read from a view; one that is
// missing becomes the default of its subject.
func (l Links) Fill(p *Photo, subject Subject) {
	if p.RowID == 0 {
		*p = Photo{Name: subject.name, Width: DefaultSide, Height: DefaultSide, State: "ready", Blurhash: subject.blurhash}
	} else {
		id := p.RowID // a copy, as the photo may be moved within its list
		p.ID = &id
	}
	p.URL = l.BaseURL + "/photos/" + p.Name + suffix
	p.ThumbnailURL = l.BaseURL + "/photos/" + p.Name + thumbSuffix
}

// uploadGrace is how long a photo may be stored without a row that refers to
// it, before the outbox takes it away.
const uploadGrace = time.Hour
