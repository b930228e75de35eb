-- +goose Up
CREATE TABLE IF NOT EXISTS photos (
  id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  owner_id   BIGINT       NOT NULL,
  name       VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'random; with a suffix it is the key in the store and the end of the URL',
  width      INT          NOT NULL,
  height     INT          NOT NULL,
  blurhash   VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state      VARCHAR(10)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'ready',
  created_at DATETIME(6)  NOT NULL,
  UNIQUE KEY photos_name (name),
  KEY photos_owner (owner_id),
  CONSTRAINT photos_owner FOREIGN KEY (owner_id) REFERENCES accounts (id),
  CONSTRAINT photos_state CHECK (state IN ('ready', 'processing')),
  CONSTRAINT photos_size CHECK (width > 0 AND height > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
