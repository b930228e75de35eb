-- +goose Up
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'idempotency_keys' AND COLUMN_NAME = 'result'),
  'DO 0',
  'ALTER TABLE idempotency_keys ADD COLUMN result VARCHAR(1000) NULL COMMENT ''what the request did, as JSON; NULL where an older server has kept resource_id only'', ALGORITHM = INPLACE, LOCK = NONE');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
