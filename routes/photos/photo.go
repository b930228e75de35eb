// Package photos receives pictures, processes them, stores them and serves them,
// and has those that are shown in place of a missing one.
package photos

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

// Photo is a picture as clients see it. A view shows one as a single column,
// CONCAT_WS(' ', p.id, p.name, p.width, p.height, p.state, p.blurhash), which
// is empty where the picture is missing; Links.Fill completes it.
type Photo struct {
	ID           *int64 `json:"id" doc:"None for the picture shown in place of a missing one."`
	Name         string `json:"-"`
	URL          string `json:"url" format:"uri" doc:"Absolute; cannot be guessed."`
	ThumbnailURL string `json:"thumbnailUrl" format:"uri" doc:"The same picture, smaller."`
	Width        int    `json:"width" doc:"Pixels."`
	Height       int    `json:"height" doc:"Pixels."`
	State        State  `json:"state" doc:"Whether it can be shown."`
	Blurhash     string `json:"blurhash" doc:"A blurred preview, https://blurha.sh."`
}

// Scan implements sql.Scanner.
func (p *Photo) Scan(src any) error {
	*p = Photo{}
	text, ok := src.([]byte)
	if ok && len(text) == 0 {
		return nil
	}
	fields := strings.Split(string(text), " ")
	if len(fields) != 6 {
		return fmt.Errorf("photos: a %T is not the column of a photo", src)
	}
	id, badID := strconv.ParseInt(fields[0], 10, 64)
	width, badWidth := strconv.Atoi(fields[2])
	height, badHeight := strconv.Atoi(fields[3])
	*p = Photo{ID: &id, Name: fields[1], Width: width, Height: height, State: State(fields[4]), Blurhash: fields[5]}
	return errors.Join(badID, badWidth, badHeight)
}

// State tells whether a photo can be shown.
type State string

// Schema implements huma.SchemaProvider.
func (State) Schema(huma.Registry) *huma.Schema {
	return api.Enum[State]("PhotoState", "ready, or processing until it can be shown.", "ready", "processing")
}

// Subject is what a photo shows; it decides the picture in place of a missing one.
type Subject struct{ name, blurhash string }

// What photos show.
var (
	OfPerson      = Subject{strings.TrimSuffix(DefaultPerson, suffix), DefaultPersonBlurhash}
	OfRecruitment = Subject{strings.TrimSuffix(DefaultRecruitment, suffix), DefaultRecruitmentBlurhash}
)
