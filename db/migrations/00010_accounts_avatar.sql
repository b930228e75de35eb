-- +goose Up
ALTER TABLE accounts ADD CONSTRAINT accounts_avatar FOREIGN KEY (avatar_photo_id) REFERENCES photos (id);
