package photostore

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"freety/server/photostore/storetest"
)

func TestDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by NewDisk")
	d, err := NewDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, d)
	t.Run("nothing is left over", func(t *testing.T) {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !validKey.MatchString(entry.Name()) {
				t.Errorf("left over: %s", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("folders", func(t *testing.T) {
		if _, err := os.Stat(filepath.Join(dir, "ab", "12", "ab12cd34-thumb.jpg")); err != nil {
			t.Error(err)
		}
	})
}

func TestDiskThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewDisk(filepath.Join(file, "photos")); err == nil {
		t.Error("NewDisk below a file succeeded")
	}

	dir := filepath.Join(t.TempDir(), "photos")
	d, err := NewDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := d.Ready(context.Background()); err == nil {
		t.Error("ready without its folder")
	}
}

type failing struct{ io.ReadSeeker }

func (failing) Read([]byte) (int, error) { return 0, errFailing }

var errFailing = errors.New("failing")

func TestDiskKeepsTheOldPhotoWhenTheNewOneFails(t *testing.T) {
	d, err := NewDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := d.Put(ctx, "kept.jpg", "image/jpeg", strings.NewReader("old"), 3); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(ctx, "kept.jpg", "image/jpeg", failing{strings.NewReader("new")}, 3); !errors.Is(err, errFailing) {
		t.Errorf("%v", err)
	}
	body, size, err := d.Get(ctx, "kept.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	if got, err := io.ReadAll(body); string(got) != "old" || size != 3 || err != nil {
		t.Errorf("%q, %d, %v", got, size, err)
	}
}
