-- +goose Up
CREATE TABLE IF NOT EXISTS regions (
  province VARCHAR(20) COLLATE utf8mb4_bin NOT NULL,
  district VARCHAR(20) COLLATE utf8mb4_bin NOT NULL,
  position SMALLINT    NOT NULL,
  PRIMARY KEY (province, district),
  UNIQUE KEY regions_position (position)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
