-- +goose Up
CREATE TABLE IF NOT EXISTS write_checks (
  id         TINYINT     NOT NULL PRIMARY KEY,
  checked_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci COMMENT 'what servers write to see whether they can';
