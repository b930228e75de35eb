-- +goose Up
CREATE TABLE IF NOT EXISTS recruitment_photos (
  recruitment_id BIGINT   NOT NULL,
  photo_id       BIGINT   NOT NULL,
  position       SMALLINT NOT NULL,
  PRIMARY KEY (recruitment_id, photo_id),
  UNIQUE KEY recruitment_photos_photo (photo_id),
  CONSTRAINT recruitment_photos_recruitment FOREIGN KEY (recruitment_id) REFERENCES recruitments (id),
  CONSTRAINT recruitment_photos_photo FOREIGN KEY (photo_id) REFERENCES photos (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
