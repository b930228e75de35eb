-- +goose Up
ALTER TABLE refresh_tokens ADD INDEX refresh_tokens_used (used_at);
