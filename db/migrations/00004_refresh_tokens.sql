-- +goose Up
CREATE TABLE IF NOT EXISTS refresh_tokens (
  token_hash BINARY(32)  NOT NULL PRIMARY KEY COMMENT 'SHA-256; the token itself is not kept',
  session_id BIGINT      NOT NULL,
  created_at DATETIME(6) NOT NULL,
  used_at    DATETIME(6) NULL,
  KEY refresh_tokens_session (session_id),
  CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
