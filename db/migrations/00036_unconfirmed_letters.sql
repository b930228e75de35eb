-- +goose Up
CREATE TABLE IF NOT EXISTS unconfirmed_letters (
  day          DATE       NOT NULL COMMENT 'in UTC',
  address_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of an address that nobody has confirmed',
  letters      INT        NOT NULL COMMENT 'that were due on that day, whether or not they were sent',
  PRIMARY KEY (day, address_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
