-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency_keys (
  account_id  BIGINT       NOT NULL COMMENT 'no foreign key: its shared lock on the account would meet the exclusive one that a booking needs',
  route       VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'method and path',
  claim       VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the Idempotency-Key',
  body_hash   BINARY(32)   NOT NULL,
  resource_id BIGINT       NOT NULL DEFAULT 0,
  created_at  DATETIME(6)  NOT NULL,
  PRIMARY KEY (account_id, route, claim),
  KEY idempotency_keys_age (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
