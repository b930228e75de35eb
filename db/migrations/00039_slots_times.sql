-- +goose Up
-- Of slots that are the same time of one recruitment, all but the first begin some microseconds later, which no answer shows.
UPDATE slots s
JOIN (
  SELECT t.id, COUNT(*) AS earlier
  FROM slots t
  JOIN slots e ON e.recruitment_id = t.recruitment_id AND e.starts_at = t.starts_at AND e.ends_at = t.ends_at AND e.id < t.id
  GROUP BY t.id
) twin ON twin.id = s.id
SET s.starts_at = s.starts_at + INTERVAL twin.earlier MICROSECOND;
UPDATE recruitments r
JOIN (SELECT recruitment_id, MAX(starts_at) AS last FROM slots GROUP BY recruitment_id) s ON s.recruitment_id = r.id
SET r.last_slot_at = s.last
WHERE r.last_slot_at < s.last;
-- Run again after a kill, this finds its work done.
SET @todo = IF(EXISTS (SELECT 1 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'slots' AND INDEX_NAME = 'slots_times'),
  'DO 0',
  'ALTER TABLE slots ADD UNIQUE INDEX slots_times (recruitment_id, starts_at, ends_at), ALGORITHM = INPLACE, LOCK = NONE');
PREPARE todo FROM @todo;
EXECUTE todo;
DEALLOCATE PREPARE todo;
