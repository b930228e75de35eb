-- +goose Up
CREATE TABLE IF NOT EXISTS demo_people (
  account_id BIGINT NOT NULL PRIMARY KEY COMMENT 'of the demo data, with a password that anybody knows',
  CONSTRAINT demo_people_account FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
