-- +goose Up
CREATE TABLE IF NOT EXISTS demo_clock (
  id             TINYINT NOT NULL PRIMARY KEY,
  offset_seconds BIGINT  NOT NULL,
  CONSTRAINT demo_clock_single CHECK (id = 1),
  CONSTRAINT demo_clock_forward CHECK (offset_seconds >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
