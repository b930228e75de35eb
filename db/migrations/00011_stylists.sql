-- +goose Up
CREATE TABLE IF NOT EXISTS stylists (
  account_id        BIGINT        NOT NULL PRIMARY KEY,
  affiliation       VARCHAR(10)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  affiliation_name  VARCHAR(60)   NOT NULL DEFAULT '',
  experience_months SMALLINT      NOT NULL DEFAULT 0,
  status_message    VARCHAR(200)  NOT NULL DEFAULT '',
  career            VARCHAR(2000) NOT NULL DEFAULT '',
  services          VARCHAR(100)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'codes, comma-separated',
  province          VARCHAR(20)   COLLATE utf8mb4_bin NULL,
  district          VARCHAR(20)   COLLATE utf8mb4_bin NULL,
  rating            DECIMAL(3, 2) NULL COMMENT 'mean of the visible reviews',
  review_count      INT           NOT NULL DEFAULT 0,
  CONSTRAINT stylists_account FOREIGN KEY (account_id) REFERENCES accounts (id),
  CONSTRAINT stylists_region FOREIGN KEY (province, district) REFERENCES regions (province, district),
  CONSTRAINT stylists_affiliation CHECK (affiliation IN ('salon', 'academy', 'school', 'freelance')),
  CONSTRAINT stylists_experience CHECK (experience_months BETWEEN 0 AND 960),
  CONSTRAINT stylists_rating CHECK (rating BETWEEN 1 AND 5 AND (rating IS NULL) = (review_count = 0)),
  CONSTRAINT stylists_place CHECK ((province IS NULL) = (district IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
