package photos

import (
	"context"
	"errors"
	"io"
)

// ErrNoObject is what Get returns for a key that the store does not hold.
var ErrNoObject = errors.New("photos: no such object")

// Store keeps the bytes of photos under keys like "ab12….jpg": lower-case
// letters, digits and hyphens, at least four before the extension.
type Store interface {
	// Put stores size bytes of body, from its beginning, in place of whatever
	// the key held. A body of another length is an error and stores nothing.
	Put(ctx context.Context, key, contentType string, body io.ReadSeeker, size int64) error
	// Get opens what the key holds; the caller closes the body. ErrNoObject
	// when it holds nothing.
	Get(ctx context.Context, key string) (body io.ReadCloser, size int64, err error)
	// Delete removes the key; it is not an error if the key holds nothing.
	Delete(ctx context.Context, key string) error
	// Ready reports why the store cannot be used now, or nil.
	Ready(ctx context.Context) error
}
