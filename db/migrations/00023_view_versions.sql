-- +goose Up
CREATE TABLE IF NOT EXISTS view_versions (
  id   TINYINT  NOT NULL PRIMARY KEY,
  hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'SHA-256 of the views.sql that was applied last',
  CONSTRAINT view_versions_single CHECK (id = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
