// Package storetest is what every photos.Store must do, as a test.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"freety/routes/photos"
)

// Run holds store, which must be empty, to the contract of photos.Store.
func Run(t *testing.T, store photos.Store) {
	ctx := context.Background()
	put := func(t *testing.T, key string, data []byte) {
		t.Helper()
		if err := store.Put(ctx, key, "image/jpeg", bytes.NewReader(data), int64(len(data))); err != nil {
			t.Fatalf("Put %s: %v", key, err)
		}
	}
	want := func(t *testing.T, key string, data []byte) {
		t.Helper()
		body, size, err := store.Get(ctx, key)
		if err != nil {
			t.Fatalf("Get %s: %v", key, err)
		}
		got, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil {
			t.Fatalf("Get %s: %v", key, err)
		}
		if !bytes.Equal(got, data) || size != int64(len(data)) {
			t.Errorf("Get %s: %d bytes, called %d, want those %d that were put", key, len(got), size, len(data))
		}
	}
	wantNone := func(t *testing.T, key string) {
		t.Helper()
		if _, _, err := store.Get(ctx, key); !errors.Is(err, photos.ErrNoObject) {
			t.Errorf("Get %s: %v, want ErrNoObject", key, err)
		}
	}

	t.Run("ready", func(t *testing.T) {
		if err := store.Ready(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Run("put, get, replace, delete", func(t *testing.T) {
		const key, other = "ab12cd34.jpg", "ab12cd34-thumb.jpg"
		wantNone(t, key)
		put(t, key, []byte("first"))
		put(t, other, []byte("other"))
		want(t, key, []byte("first"))
		put(t, key, []byte("the second, which is longer"))
		want(t, key, []byte("the second, which is longer"))
		put(t, key, []byte("3rd"))
		want(t, key, []byte("3rd"))
		if err := store.Delete(ctx, key); err != nil {
			t.Fatal(err)
		}
		wantNone(t, key)
		want(t, other, []byte("other"))
		if err := store.Delete(ctx, key); err != nil {
			t.Errorf("Delete of a missing key: %v", err)
		}
	})
	t.Run("from the beginning", func(t *testing.T) {
		body := strings.NewReader("whole body")
		if _, err := io.CopyN(io.Discard, body, 6); err != nil {
			t.Fatal(err)
		}
		if err := store.Put(ctx, "beginning.jpg", "image/jpeg", body, body.Size()); err != nil {
			t.Fatal(err)
		}
		want(t, "beginning.jpg", []byte("whole body"))
	})
	t.Run("megabytes", func(t *testing.T) {
		data := make([]byte, 5<<20+1)
		_, _ = rand.Read(data)
		put(t, "megabytes.jpg", data)
		want(t, "megabytes.jpg", data)
	})
	t.Run("a body of another length", func(t *testing.T) {
		for i, size := range []int64{4, 6} {
			key := fmt.Sprintf("length-%d.jpg", i)
			if err := store.Put(ctx, key, "image/jpeg", strings.NewReader("hello"), size); err == nil {
				t.Errorf("5 bytes called %d were stored", size)
			}
			wantNone(t, key)
		}
	})
	t.Run("invalid keys", func(t *testing.T) {
		for _, key := range []string{
			"", ".jpg", "abc.jpg", "-abcd.jpg", "abcd", "abcd.png", "ABCD.jpg", "../abcd.jpg", "ab/cd.jpg", `ab\cd.jpg`,
			"abcd.jpg/..", "abcd.jpg\n", "ab..cd.jpg", "abcd\x00.jpg", "사진사진.jpg", strings.Repeat("a", 300) + ".jpg",
		} {
			if err := store.Put(ctx, key, "image/jpeg", strings.NewReader("x"), 1); err == nil {
				t.Errorf("Put took %q", key)
			}
			if _, _, err := store.Get(ctx, key); err == nil || errors.Is(err, photos.ErrNoObject) {
				t.Errorf("Get of %q: %v", key, err)
			}
			if err := store.Delete(ctx, key); err == nil {
				t.Errorf("Delete took %q", key)
			}
		}
	})
	t.Run("the end of a context", func(t *testing.T) {
		put(t, "context.jpg", []byte("kept"))
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := store.Put(ended, "context.jpg", "image/jpeg", strings.NewReader("new"), 3); !errors.Is(err, context.Canceled) {
			t.Errorf("Put: %v", err)
		}
		if _, _, err := store.Get(ended, "context.jpg"); !errors.Is(err, context.Canceled) {
			t.Errorf("Get: %v", err)
		}
		if err := store.Delete(ended, "context.jpg"); !errors.Is(err, context.Canceled) {
			t.Errorf("Delete: %v", err)
		}
		want(t, "context.jpg", []byte("kept"))
	})
	t.Run("one key by many at once", func(t *testing.T) {
		const length = 200_000
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				data := bytes.Repeat([]byte{byte('a' + i)}, length)
				if err := store.Put(ctx, "contended.jpg", "image/jpeg", bytes.NewReader(data), length); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		body, _, err := store.Get(ctx, "contended.jpg")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = body.Close() }()
		got, err := io.ReadAll(body)
		if err != nil || len(got) != length || bytes.Count(got, got[:1]) != length {
			t.Errorf("%d bytes, not all of one writer (%v)", len(got), err)
		}
	})
}
