-- +goose Up
ALTER TABLE outbox MODIFY kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL;
