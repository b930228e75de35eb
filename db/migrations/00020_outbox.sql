-- +goose Up
CREATE TABLE IF NOT EXISTS outbox (
  id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind       VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject    VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what the kind acts on: a photo name, or a mail template and a booking id',
  account_id BIGINT       NULL COMMENT 'whom it is for',
  due_at     DATETIME(6)  NOT NULL COMMENT 'a worker that takes the row moves this on, so that no other takes it too',
  attempts   SMALLINT     NOT NULL DEFAULT 0,
  created_at DATETIME(6)  NOT NULL,
  KEY outbox_due (due_at, id),
  KEY outbox_subject (kind, subject),
  CONSTRAINT outbox_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
