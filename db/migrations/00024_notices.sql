-- +goose Up
CREATE TABLE IF NOT EXISTS notices (
  id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  account_id BIGINT      NOT NULL COMMENT 'who is told',
  kind       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  facts      JSON        NOT NULL COMMENT 'of the event, as they were then',
  created_at DATETIME(6) NOT NULL,
  KEY notices_account (account_id, id),
  CONSTRAINT notices_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
