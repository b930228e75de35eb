-- +goose Up
CREATE TABLE IF NOT EXISTS region_names (
  named_province VARCHAR(20)   COLLATE utf8mb4_bin NOT NULL COMMENT 'a name that is or was in use',
  named_district VARCHAR(20)   COLLATE utf8mb4_bin NOT NULL,
  province       VARCHAR(20)   COLLATE utf8mb4_bin NOT NULL COMMENT 'the region that it means, by today''s name',
  district       VARCHAR(20)   COLLATE utf8mb4_bin NOT NULL,
  neighborhoods  VARCHAR(1000) NOT NULL DEFAULT '' COMMENT 'of a district that was divided: those that are in this part, comma-separated',
  PRIMARY KEY (named_province, named_district, province, district),
  KEY region_names_district (named_district),
  CONSTRAINT region_names_region FOREIGN KEY (province, district) REFERENCES regions (province, district)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
