package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

type fileInput struct {
	File      string         `path:"file" maxLength:"60" doc:"The end of a photo's url or thumbnailUrl."`
	Expires   api.Opt[int64] `query:"expires" doc:"As in the url of a private photo."`
	Signature string         `query:"signature" maxLength:"60" doc:"As in the url of a private photo."`
}

type fileOutput struct {
	ContentType   string `header:"Content-Type"`
	ContentLength int64  `header:"Content-Length"`
	CacheControl  string `header:"Cache-Control"`
	Body          func(huma.Context)
}

// File returns a picture's bytes.
func (l *Library) File(ctx context.Context, in *fileInput) (*fileOutput, error) {
	// A name is never used for another picture.
	out := &fileOutput{ContentType: mediaType, CacheControl: "public, max-age=31536000, immutable"}
	if picture, ok := Defaults()[in.File]; ok {
		out.send(io.NopCloser(bytes.NewReader(picture)), int64(len(picture)))
		return out, nil
	}
	_, audience, ok := nameOf(in.File)
	if !ok {
		return nil, api.NotFound()
	}
	if audience == Private {
		now := time.Now()
		if !l.allows(in.File, in.Expires.Value, in.Signature, now) {
			return nil, api.NotFound()
		}
		out.CacheControl = fmt.Sprintf("private, max-age=%d", in.Expires.Value-now.Unix())
	}
	body, size, err := l.store.Get(ctx, in.File)
	if errors.Is(err, ErrNoObject) {
		return nil, api.NotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read a photo: %w", api.ErrUnavailable, err)
	}
	out.send(body, size)
	return out, nil
}

func (o *fileOutput) send(body io.ReadCloser, size int64) {
	o.ContentLength = size
	o.Body = func(to huma.Context) {
		defer func() { _ = body.Close() }()
		// The status has been sent, so if the client is gone or the store fails, the answer can only be cut off.
		_, _ = io.Copy(to.BodyWriter(), body)
	}
}
