-- +goose Up
SET @todo = IF(EXISTS(SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'view_versions' AND COLUMN_NAME = 'number'),
  'DO 0', "ALTER TABLE view_versions ADD COLUMN number INT NOT NULL DEFAULT 0 COMMENT 'of that views.sql; 0 while views are being replaced', ALGORITHM = INSTANT");
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
