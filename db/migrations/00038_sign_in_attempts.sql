-- +goose Up
CREATE TABLE IF NOT EXISTS sign_in_attempts (
  who          BINARY(32)  NOT NULL PRIMARY KEY COMMENT 'SHA-256 of an email and the address that the attempts come from, or of an email alone for all addresses that it has not signed in from',
  wrong        INT         NOT NULL COMMENT 'attempts since the last that was right',
  tried_at     DATETIME(6) NOT NULL,
  next_at      DATETIME(6) NOT NULL COMMENT 'no attempt passes before',
  signed_in_at DATETIME(6) NULL,
  KEY sign_in_attempts_age (signed_in_at, tried_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
