-- +goose Up
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'notices' AND COLUMN_NAME = 'letter_at'),
  'DO 0',
  'ALTER TABLE notices ADD COLUMN letter_at DATETIME(6) NULL COMMENT ''when its letter was written; those of one account and kind with the same time are in one letter'', ADD KEY notices_letter (account_id, kind, letter_at), ALGORITHM = INPLACE, LOCK = NONE');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
