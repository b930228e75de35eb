-- +goose Up
ALTER TABLE sessions ADD INDEX sessions_ended (ended_at);
