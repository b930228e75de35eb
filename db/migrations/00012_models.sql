-- +goose Up
CREATE TABLE IF NOT EXISTS models (
  account_id      BIGINT        NOT NULL PRIMARY KEY,
  gender          VARCHAR(10)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  hair_length     VARCHAR(10)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  hair_history    JSON          NOT NULL,
  wanted_services VARCHAR(100)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'codes, comma-separated',
  districts       JSON          NOT NULL,
  status_message  VARCHAR(200)  NOT NULL DEFAULT '',
  discoverable    BOOLEAN       NOT NULL DEFAULT FALSE,
  rating          DECIMAL(3, 2) NULL COMMENT 'mean of the visible reviews',
  review_count    INT           NOT NULL DEFAULT 0,
  CONSTRAINT models_account FOREIGN KEY (account_id) REFERENCES accounts (id),
  CONSTRAINT models_gender CHECK (gender IN ('female', 'male')),
  CONSTRAINT models_hair_length CHECK (hair_length IN ('short', 'bob', 'medium', 'long')),
  CONSTRAINT models_rating CHECK (rating BETWEEN 1 AND 5 AND (rating IS NULL) = (review_count = 0))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
