-- +goose Up
CREATE TABLE IF NOT EXISTS account_agreements (
  account_id BIGINT      NOT NULL,
  agreement  VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreed_at  DATETIME(6) NOT NULL,
  PRIMARY KEY (account_id, agreement),
  CONSTRAINT account_agreements_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
