-- +goose Up
ALTER TABLE idempotency_keys ADD COLUMN result VARCHAR(1000) NULL COMMENT 'what the request did, as JSON; NULL where an older server has kept resource_id only';
