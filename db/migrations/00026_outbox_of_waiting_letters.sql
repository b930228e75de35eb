-- +goose Up
UPDATE outbox o JOIN notices n ON n.id = o.id
SET o.kind = n.kind, o.subject = n.id
WHERE o.kind = 'mail';
