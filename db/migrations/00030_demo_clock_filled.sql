-- +goose Up
ALTER TABLE demo_clock ADD COLUMN filled BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'whether the demo data was written here, so that a reset may replace what is here';
