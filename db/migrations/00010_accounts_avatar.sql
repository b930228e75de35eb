-- +goose Up
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = 'accounts' AND CONSTRAINT_NAME = 'accounts_avatar'),
  'DO 0',
  'ALTER TABLE accounts ADD CONSTRAINT accounts_avatar FOREIGN KEY (avatar_photo_id) REFERENCES photos (id), ALGORITHM = COPY, LOCK = SHARED');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
