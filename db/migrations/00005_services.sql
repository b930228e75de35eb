-- +goose Up
CREATE TABLE IF NOT EXISTS services (
  code     VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  name     VARCHAR(40) NOT NULL COMMENT 'Korean',
  name_en  VARCHAR(40) NOT NULL,
  position SMALLINT    NOT NULL,
  UNIQUE KEY services_position (position)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
