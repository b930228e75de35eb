-- +goose Up
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'refresh_tokens' AND INDEX_NAME = 'refresh_tokens_used'),
  'DO 0',
  'ALTER TABLE refresh_tokens ADD INDEX refresh_tokens_used (used_at), ALGORITHM = INPLACE, LOCK = NONE');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
