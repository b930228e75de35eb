// Package photostore keeps photos in a folder or in S3.
package photostore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"freety/routes/photos"
)

// validKey matches the keys that both stores accept. A key cannot leave the
// folder, and its first four characters name two folders within.
var validKey = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{3,199}\.jpg$`)

func checkKey(key string) error {
	if !validKey.MatchString(key) {
		return fmt.Errorf("photostore: invalid key %q", key)
	}
	return nil
}

// Disk keeps photos in a folder, as ab/12/ab12….jpg. It is a photos.Store.
type Disk struct{ dir string }

var _ photos.Store = (*Disk)(nil)

// NewDisk makes the folder if it is missing, and fails if it cannot be written
// to.
func NewDisk(dir string) (*Disk, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("photostore: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("photostore: %w", err)
	}
	d := &Disk{dir: dir}
	return d, d.Ready(context.Background())
}

func (d *Disk) path(key string) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	return filepath.Join(d.dir, key[:2], key[2:4], key), nil
}

// Put implements photos.Store. Once it has returned, the photo survives a loss of
// power. A reader sees the old photo or the new one, never a part.
func (d *Disk) Put(ctx context.Context, key, _ string, body io.ReadSeeker, size int64) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	if err := d.put(ctx, path, body, size); err != nil {
		return fmt.Errorf("photostore: put: %w", err)
	}
	return nil
}

func (d *Disk) put(ctx context.Context, path string, body io.ReadSeeker, size int64) (err error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	temp, err := d.create()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	n, err := io.Copy(temp, body)
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("%d bytes instead of %d", n, size)
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	// Sync the folders too: without its name a file is lost when the power fails.
	for _, dir := range []string{folder, filepath.Dir(folder), d.dir} {
		if err := syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// UnfinishedPrefix begins the names of files that are being written; no key does.
const UnfinishedPrefix = ".new-"

// create makes a new file. All of them are in the folder itself, where a sweep
// finds what a killed server has left without looking into every folder below.
func (d *Disk) create() (*os.File, error) {
	name := filepath.Join(d.dir, UnfinishedPrefix+rand.Text())
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get implements photos.Store.
func (d *Disk) Get(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	path, err := d.path(key)
	if err != nil {
		return nil, 0, err
	}
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, photos.ErrNoObject
	}
	if err != nil {
		return nil, 0, fmt.Errorf("photostore: get: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("photostore: get: %w", err)
	}
	return f, info.Size(), nil
}

// Delete implements photos.Store.
func (d *Disk) Delete(ctx context.Context, key string) error {
	path, err := d.path(key)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("photostore: delete: %w", err)
	}
	return nil
}

// Ready implements photos.Store. It writes to the folder, because the folder's
// mode does not tell whether the disk is full or read-only.
func (d *Disk) Ready(context.Context) error {
	f, err := d.create()
	if err != nil {
		return fmt.Errorf("photostore: %w", err)
	}
	_, err = f.WriteString("x")
	if err := errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("photostore: %w", err)
	}
	return nil
}
