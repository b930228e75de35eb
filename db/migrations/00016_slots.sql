-- +goose Up
CREATE TABLE IF NOT EXISTS slots (
  id             BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  recruitment_id BIGINT      NOT NULL,
  starts_at      DATETIME(6) NOT NULL,
  ends_at        DATETIME(6) NOT NULL,
  weekday        TINYINT     NOT NULL COMMENT 'of the start at the venue; 0 is Sunday',
  capacity       SMALLINT    NOT NULL,
  taken          SMALLINT    NOT NULL DEFAULT 0 COMMENT 'bookings that are confirmed or offered',
  KEY slots_recruitment (recruitment_id, starts_at),
  KEY slots_start (starts_at),
  CONSTRAINT slots_recruitment FOREIGN KEY (recruitment_id) REFERENCES recruitments (id),
  CONSTRAINT slots_time CHECK (ends_at > starts_at),
  CONSTRAINT slots_weekday CHECK (weekday BETWEEN 0 AND 6),
  CONSTRAINT slots_seats CHECK (capacity >= 1 AND taken BETWEEN 0 AND capacity)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
