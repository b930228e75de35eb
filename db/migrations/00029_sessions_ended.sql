-- +goose Up
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'sessions' AND INDEX_NAME = 'sessions_ended'),
  'DO 0',
  'ALTER TABLE sessions ADD INDEX sessions_ended (ended_at), ALGORITHM = INPLACE, LOCK = NONE');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
