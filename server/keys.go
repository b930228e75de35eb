package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"freety/config"
)

const (
	keysFile = "jwt-keys"
	keyBytes = 48
)

// signingKeys returns the keys of the settings or, if there are none, those of a
// file in the data folder, which the first start makes. Only a server with a
// private database uses the file, and that database takes no second server, so
// nobody else writes it.
func signingKeys(cfg config.Config) ([]config.JWTKey, error) {
	if len(cfg.JWTKeys) > 0 {
		return cfg.JWTKeys, nil
	}
	path := filepath.Join(cfg.DataDir, keysFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKeys(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the keys for access tokens: %w", err)
	}
	var keys []config.JWTKey
	for line := range strings.Lines(string(text)) {
		var key config.JWTKey
		if err := key.UnmarshalText([]byte(strings.TrimSpace(line))); err != nil {
			return nil, fmt.Errorf("%s is damaged; if you remove it, everybody must sign in again: %w", path, err)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s is empty; remove it, and the next start makes a new one", path)
	}
	return keys, nil
}

// makeKeys makes a file with a new key. It writes under another name first, so
// that a loss of power leaves the whole file or none.
func makeKeys(path string) (text []byte, err error) {
	secret := make([]byte, keyBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program instead
	text = []byte("main:" + base64.StdEncoding.EncodeToString(secret) + "\n")
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, path); err != nil {
		return nil, err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return text, errors.Join(folder.Sync(), folder.Close())
}
