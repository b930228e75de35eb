package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"freety/config"
	"freety/routes/photos"
	"freety/server/mail"
	"freety/server/photostore"
)

// unfinishedAge is more than any server needs to finish a file.
const unfinishedAge = time.Hour

// sweepUnfinished removes the files that killed servers have left unfinished.
func sweepUnfinished(cfg config.Config, log *slog.Logger) {
	for dir, prefix := range map[string]string{
		os.TempDir(): photos.SpoolPrefix, photosDir(cfg): photostore.UnfinishedPrefix, mailsDir(cfg): mail.UnfinishedPrefix,
	} {
		if err := sweep(dir, prefix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Warn("unfinished files of a killed server stay", "folder", dir, "error", err.Error())
		}
	}
}

func sweep(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !strings.HasPrefix(entry.Name(), prefix) {
			continue
		}
		info, err := entry.Info()
		if err == nil && time.Since(info.ModTime()) > unfinishedAge {
			err = os.Remove(filepath.Join(dir, entry.Name()))
		}
		// Another server that starts may have removed it.
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
