-- +goose Up
CREATE TABLE IF NOT EXISTS favorites (
  model_id       BIGINT      NOT NULL,
  recruitment_id BIGINT      NOT NULL,
  created_at     DATETIME(6) NOT NULL,
  PRIMARY KEY (model_id, recruitment_id),
  KEY favorites_newest (model_id, created_at, recruitment_id),
  KEY favorites_recruitment (recruitment_id),
  CONSTRAINT favorites_model FOREIGN KEY (model_id) REFERENCES models (account_id),
  CONSTRAINT favorites_recruitment FOREIGN KEY (recruitment_id) REFERENCES recruitments (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_520_ci;
