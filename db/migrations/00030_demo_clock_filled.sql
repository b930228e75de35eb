-- +goose Up
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'demo_clock' AND COLUMN_NAME = 'filled'),
  'DO 0',
  'ALTER TABLE demo_clock ADD COLUMN filled BOOLEAN NOT NULL DEFAULT FALSE COMMENT ''whether the demo data was written here, so that a reset may replace what is here'', ALGORITHM = INPLACE, LOCK = NONE');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
