package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
)

const (
	mediaType = "image/jpeg"
	maxBytes  = 20 << 20 // of one photo as it is sent

	// deleteGrace is how long a picture may be stored without a row that refers
	// to it, before it is deleted.
	deleteGrace    = time.Hour
	abandonTimeout = 5 * time.Second
)

// DeleteTask is the kind of the outbox's tasks that delete a photo, which is the
// subject, from the store.
const DeleteTask = "delete_photo"

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

// Form returns the parts of a form with photos and the given fields of text.
func Form(least, most int, fields ...api.Field) api.Parts {
	return api.Parts{File: "photo", Least: least, Most: most, FileBytes: maxBytes, Fields: fields, About: "JPEG, PNG, WebP or GIF, at most 20 MiB and 50 megapixels each."}
}

// Take reads the photos of a form, stores them, and inserts rows for them that
// belong to the caller. In the same transaction it runs keep with their ids, in
// their order, and it returns the ids. If anything fails nothing stays. If the
// request repeats one that has succeeded, keep does not run, and the ids are the
// earlier ones.
func (l *Library) Take(ctx context.Context, form *api.Form, to Audience, keep func(tx *db.Tx, ids []int64) error) ([]int64, error) {
	var photos []stored
	err := form.Read(ctx, func(number int, content io.Reader) error {
		photo, err := l.receive(ctx, content, number, to)
		if err == nil {
			photos = append(photos, photo)
		}
		return err
	})
	if err != nil {
		l.abandon(ctx, photos)
		return nil, err
	}
	var inserted []int64
	ids, err := api.Write(ctx, l.db, func(tx *db.Tx) (_ []int64, err error) {
		if inserted, err = insert(ctx, tx, api.CallerOf(ctx).AccountID, photos); err != nil {
			return nil, err
		}
		return inserted, keep(tx, inserted)
	})
	if err != nil || !slices.Equal(ids, inserted) {
		l.abandon(ctx, photos) // they are those of a repeat, if not of a failure
	}
	return ids, err
}

// stored is a photo in the store that no row refers to yet.
type stored struct {
	name          string
	width, height int
	blurhash      string
}

// SpoolPrefix begins the names of the files in the temporary folder that photos
// are received in.
const SpoolPrefix = "freety-photo-"

// receive spools a photo to a file first, so that a slow phone takes up no
// memory.
func (l *Library) receive(ctx context.Context, content io.Reader, number int, to Audience) (stored, error) {
	spool, err := os.CreateTemp("", SpoolPrefix+"*")
	if err != nil {
		return stored{}, err
	}
	defer func() { _ = spool.Close() }()
	// At once, so that nothing stays after a kill; the file itself lasts until it is closed.
	if err := os.Remove(spool.Name()); err != nil {
		return stored{}, err
	}
	_, err = io.Copy(spool, content)
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return stored{}, fmt.Errorf("spool a photo: %w", err)
	}
	if err != nil {
		return stored{}, err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return stored{}, err
	}
	processed, err := Process(ctx, spool)
	if err != nil {
		return stored{}, refusal(err, number)
	}
	return l.put(ctx, newName(to), processed)
}

func (l *Library) put(ctx context.Context, name string, p *Processed) (stored, error) {
	// Written before the photo is stored, this task deletes it whatever happens to this process, unless insert withdraws it.
	if err := api.Enqueue(ctx, l.db, DeleteTask, name, 0, time.Now().Add(deleteGrace)); err != nil {
		return stored{}, err
	}
	if err := Put(ctx, l.store, name, p); err != nil {
		return stored{}, fmt.Errorf("%w: store a photo: %w", api.ErrUnavailable, err)
	}
	return stored{name: name, width: p.Width, height: p.Height, blurhash: p.Blurhash}, nil
}

// insert writes a row of the owner for each photo, and withdraws the tasks that
// would delete them.
func insert(ctx context.Context, tx *db.Tx, owner int64, photos []stored) ([]int64, error) {
	ids := make([]int64, len(photos))
	for i, photo := range photos {
		withdrawn, err := db.Exec(ctx, tx, sq.Delete("outbox").Where(sq.Eq{"kind": DeleteTask, "subject": photo.name}))
		if err != nil {
			return nil, err
		}
		if withdrawn == 0 {
			return nil, fmt.Errorf("%w: the photo was deleted before it was kept", api.ErrUnavailable)
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

// abandon has photos that no row will refer to deleted at once.
func (l *Library) abandon(ctx context.Context, photos []stored) {
	if len(photos) == 0 {
		return
	}
	names := make([]string, len(photos))
	for i, photo := range photos {
		names[i] = photo.name
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTimeout)
	defer cancel()
	// If this fails, they are deleted when their grace has passed.
	_, _ = db.Exec(ctx, l.db, sq.Update("outbox").Set("due_at", time.Now().UTC()).Where(sq.Eq{"kind": DeleteTask, "subject": names}))
}

// Discard deletes the rows of photos, and has the outbox delete their pictures.
func Discard(ctx context.Context, tx *db.Tx, ids []int64) error {
	photos, err := db.Select[struct{ Name string }](ctx, tx, sq.Select("name").From("photos").Where(sq.Eq{"id": ids}))
	if err != nil {
		return err
	}
	for _, photo := range photos {
		if err := api.Enqueue(ctx, tx, DeleteTask, photo.Name, 0, time.Now()); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, sq.Delete("photos").Where(sq.Eq{"id": ids}))
	return err
}

// Put stores the picture and the thumbnail of a photo.
func Put(ctx context.Context, store Store, name string, p *Processed) error {
	picture, thumbnail := Objects(name)
	for object, data := range map[string][]byte{picture: p.Main, thumbnail: p.Thumbnail} {
		if err := store.Put(ctx, object, mediaType, bytes.NewReader(data), int64(len(data))); err != nil {
			return err
		}
	}
	return nil
}

// Delete returns the handler of DeleteTask.
func Delete(store Store) api.TaskHandler {
	return func(ctx context.Context, t api.Task) error {
		picture, thumbnail := Objects(t.Subject)
		if err := errors.Join(store.Delete(ctx, picture), store.Delete(ctx, thumbnail)); err != nil {
			// The error goes into a log, and whoever knows a photo's name can see the photo.
			return errors.New(strings.ReplaceAll(err.Error(), t.Subject, "…"))
		}
		return nil
	}
}

// refusal says which photo was refused, and why.
func refusal(err error, number int) error {
	for cause, problem := range map[error]func(string) *api.Problem{
		ErrNotAPhoto: api.UnsupportedMedia, ErrHEIC: api.UnsupportedMedia, ErrTooManyPixels: unacceptable, ErrCorrupt: unacceptable,
	} {
		if errors.Is(err, cause) {
			return problem("Photo %d: %s.").With(number+1, cause)
		}
	}
	return err
}

func unacceptable(detail string) *api.Problem { return api.Invalid("photo_unacceptable", detail) }
