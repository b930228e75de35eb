package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

type fileInput struct {
	File string `path:"file" maxLength:"60" doc:"The end of a photo's url or thumbnailUrl."`
}

type fileOutput struct {
	ContentType   string `header:"Content-Type"`
	ContentLength int64  `header:"Content-Length"`
	CacheControl  string `header:"Cache-Control"`
	Body          func(huma.Context)
}

var fileName = regexp.MustCompile(`^[a-z0-9]{26}(-thumb)?\.jpg$`)

// File answers a picture's bytes.
func (l *Library) File(ctx context.Context, in *fileInput) (*fileOutput, error) {
	body, size, err := l.open(ctx, in.File)
	if err != nil {
		return nil, err
	}
	return &fileOutput{
		// A name is never used for another picture.
		ContentType: uploadMime, ContentLength: size, CacheControl: "public, max-age=31536000, immutable",
		Body: func(out huma.Context) {
			defer func() { _ = body.Close() }()
			// The status is sent: a client that has gone, or a store that fails now, can only be cut off.
			_, _ = io.Copy(out.BodyWriter(), body)
		},
	}, nil
}

func (l *Library) open(ctx context.Context, file string) (io.ReadCloser, int64, error) {
	if picture, ok := Defaults()[file]; ok {
		return io.NopCloser(bytes.NewReader(picture)), int64(len(picture)), nil
	}
	if !fileName.MatchString(file) {
		return nil, 0, api.NotFound()
	}
	body, size, err := l.store.Get(ctx, file)
	if errors.Is(err, ErrNoObject) {
		return nil, 0, api.NotFound()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%w: read a photo: %w", api.ErrUnavailable, err)
	}
	return body, size, nil
}
