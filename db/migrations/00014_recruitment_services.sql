-- +goose Up
CREATE TABLE IF NOT EXISTS recruitment_services (
  recruitment_id BIGINT      NOT NULL,
  service        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (recruitment_id, service),
  KEY recruitment_services_service (service, recruitment_id),
  CONSTRAINT recruitment_services_recruitment FOREIGN KEY (recruitment_id) REFERENCES recruitments (id),
  CONSTRAINT recruitment_services_service FOREIGN KEY (service) REFERENCES services (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
