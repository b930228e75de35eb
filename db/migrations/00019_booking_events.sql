-- +goose Up
CREATE TABLE IF NOT EXISTS booking_events (
  id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  booking_id BIGINT       NOT NULL,
  state      VARCHAR(10)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'after the event',
  actor_role VARCHAR(10)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id   BIGINT       NULL COMMENT 'none when the system acted',
  reason     VARCHAR(500) NOT NULL DEFAULT '',
  created_at DATETIME(6)  NOT NULL,
  KEY booking_events_booking (booking_id, id),
  CONSTRAINT booking_events_booking FOREIGN KEY (booking_id) REFERENCES bookings (id),
  CONSTRAINT booking_events_actor FOREIGN KEY (actor_id) REFERENCES accounts (id),
  CONSTRAINT booking_events_role CHECK (actor_role IN ('stylist', 'model', 'system') AND (actor_role = 'system') = (actor_id IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
