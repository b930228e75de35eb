package photos

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

const (
	partName   = "photo"
	maxBytes   = 20 << 20 // of one photo as it is sent
	formBytes  = 1 << 20  // for the boundaries and headers of a form
	uploadMime = "image/jpeg"

	abandonTimeout = 5 * time.Second
)

// Library takes photos in and hands them out.
type Library struct {
	Links
	db    *db.DB
	store Store
}

// NewLibrary makes a Library.
func NewLibrary(d *db.DB, store Store, links Links) *Library {
	return &Library{Links: links, db: d, store: store}
}

// Stored is a photo in the store that no row refers to yet.
type Stored struct {
	name          string
	width, height int
	blurhash      string
}

// Form is the schema of a form with photo parts.
func Form(most int) *huma.Schema {
	least := 1
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{partName}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{partName: {
			Type: huma.TypeArray, MinItems: &least, MaxItems: &most, Description: "JPEG, PNG, WebP or GIF, at most 20 MiB and 50 megapixels each.",
			Items: &huma.Schema{Type: huma.TypeString, Format: "binary"},
		}},
	}
}

// Receive reads the photos of a multipart form, one at a time, and stores them
// in the form that clients get. What it stored is taken away again after a
// while unless Keep is called for it; when it fails, at once.
func (l *Library) Receive(ctx context.Context, from api.RequestTaker, most int) (stored []Stored, err error) {
	body := http.MaxBytesReader(from.Writer, from.Request.Body, int64(most)*maxBytes+formBytes)
	request := *from.Request
	request.Body = body
	parts, err := request.MultipartReader()
	if err != nil || !strings.HasPrefix(request.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, api.UnsupportedMedia("Send the photos as multipart/form-data, each in a part named photo.")
	}
	defer func() {
		if err != nil {
			l.Abandon(ctx, stored)
		}
	}()
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return stored, unreadable(err)
		}
		if part.FormName() != partName {
			return stored, api.InvalidInput(api.Fault{Location: "body", Message: "has a part that is not named photo"})
		}
		if len(stored) == most {
			return stored, api.InvalidInput(api.Fault{Location: "body.photo", Message: fmt.Sprintf("has more than %d photos", most)})
		}
		photo, err := l.receivePart(ctx, part, len(stored))
		if err != nil {
			return stored, err
		}
		stored = append(stored, photo)
	}
	if len(stored) == 0 {
		return nil, api.InvalidInput(api.Fault{Location: "body.photo", Message: "is missing; send at least one part named photo"})
	}
	return stored, nil
}

// receivePart spools a part to a file first, so that a slow phone holds no memory.
func (l *Library) receivePart(ctx context.Context, part *multipart.Part, index int) (Stored, error) {
	spool, err := os.CreateTemp("", "freety-photo-*")
	if err != nil {
		return Stored{}, err
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}()
	size, err := io.Copy(spool, io.LimitReader(part, maxBytes+1))
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return Stored{}, fmt.Errorf("spool a photo: %w", err)
	case err != nil:
		return Stored{}, unreadable(err)
	}
	if size > maxBytes {
		return Stored{}, api.TooLarge("A photo may have 20 MiB at most.")
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return Stored{}, err
	}
	processed, err := Process(ctx, spool)
	if err != nil {
		return Stored{}, refusal(err, index)
	}
	return l.put(ctx, processed)
}

func (l *Library) put(ctx context.Context, p *Processed) (Stored, error) {
	photo := Stored{name: strings.ToLower(rand.Text()), width: p.Width, height: p.Height, blurhash: p.Blurhash}
	// Written before the photo is stored, this removes it whatever happens to this process, unless Keep takes it back.
	if err := api.Enqueue(ctx, l.db, api.OutboxDeletePhoto, photo.name, 0, time.Now().Add(uploadGrace)); err != nil {
		return Stored{}, err
	}
	for suffix, picture := range map[string][]byte{suffix: p.Main, thumbSuffix: p.Thumbnail} {
		if err := l.store.Put(ctx, photo.name+suffix, uploadMime, bytes.NewReader(picture), int64(len(picture))); err != nil {
			return Stored{}, fmt.Errorf("%w: store a photo: %w", api.ErrUnavailable, err)
		}
	}
	return photo, nil
}

// Keep makes the photos rows of the owner, in the caller's transaction, and
// returns their ids in order.
func (l *Library) Keep(ctx context.Context, tx *db.Tx, owner int64, stored []Stored) ([]int64, error) {
	ids := make([]int64, len(stored))
	for i, photo := range stored {
		withdrawn, err := db.Exec(ctx, tx, sq.Delete("outbox").Where(sq.Eq{"kind": api.OutboxDeletePhoto, "subject": photo.name}))
		if err != nil {
			return nil, err
		}
		if withdrawn == 0 {
			return nil, fmt.Errorf("%w: the photo was taken away again before it was kept", api.ErrUnavailable)
		}
		ids[i], err = db.Insert(ctx, tx, sq.Insert("photos").SetMap(map[string]any{
			"owner_id": owner, "name": photo.name, "width": photo.width, "height": photo.height, "blurhash": photo.blurhash, "created_at": time.Now().UTC(),
		}))
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// Discard has the store forget photos whose rows the transaction takes away.
func (l *Library) Discard(ctx context.Context, tx *db.Tx, ids []int64) error {
	photos, err := db.Select[struct{ Name string }](ctx, tx, sq.Select("name").From("photos").Where(sq.Eq{"id": ids}))
	if err != nil {
		return err
	}
	for _, photo := range photos {
		if err := api.Enqueue(ctx, tx, api.OutboxDeletePhoto, photo.Name, 0, time.Now()); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, sq.Delete("photos").Where(sq.Eq{"id": ids}))
	return err
}

// Abandon hastens the removal of photos that Receive stored but no row will
// refer to, because the transaction that was to keep them failed.
func (l *Library) Abandon(ctx context.Context, stored []Stored) {
	names := make([]string, len(stored))
	for i, photo := range stored {
		names[i] = photo.name
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTimeout)
	defer cancel()
	// What stays because of an error here goes when its grace has passed.
	_, _ = db.Exec(ctx, l.db, sq.Update("outbox").Set("due_at", time.Now().UTC()).Where(sq.Eq{"kind": api.OutboxDeletePhoto, "subject": names}))
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return api.TooLarge("All photos of a form together are too large; send fewer at a time.")
	}
	return api.Malformed("The form ended before it was complete, or is no multipart form.")
}

// refusal says which photo was refused, and why.
func refusal(err error, index int) error {
	for cause, problem := range map[error]func(string) *api.Problem{
		ErrNotAPhoto: api.UnsupportedMedia, ErrHEIC: api.UnsupportedMedia, ErrTooManyPixels: unacceptable, ErrCorrupt: unacceptable,
	} {
		if errors.Is(err, cause) {
			return problem(fmt.Sprintf("Photo %d: %s.", index+1, cause))
		}
	}
	return err
}

func unacceptable(detail string) *api.Problem { return api.Invalid("photo_unacceptable", detail) }
