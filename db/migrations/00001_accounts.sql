-- +goose Up
CREATE TABLE IF NOT EXISTS accounts (
  id              BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  role            VARCHAR(10)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name            VARCHAR(40)  NOT NULL,
  email           VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'lower case',
  email_verified  BOOLEAN      NOT NULL DEFAULT FALSE,
  password_hash   VARCHAR(72)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  birth_date      DATE         NOT NULL,
  language        VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'ko',
  avatar_photo_id BIGINT       NULL,
  agenda_version  BIGINT       NOT NULL DEFAULT 0 COMMENT 'raised by every transaction that takes a time of this account',
  created_at      DATETIME(6)  NOT NULL,
  UNIQUE KEY accounts_email (email),
  CONSTRAINT accounts_role CHECK (role IN ('stylist', 'model', 'admin'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
