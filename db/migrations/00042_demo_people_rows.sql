-- +goose Up
-- Earlier servers have marked no people. They gave all of a demo's one hash,
-- whose salt nobody else's has.
INSERT IGNORE INTO demo_people (account_id)
SELECT a.id
FROM accounts s
JOIN accounts m ON m.email = 'model@freety.example' AND m.password_hash = s.password_hash
JOIN accounts a ON a.password_hash = s.password_hash
WHERE s.email = 'stylist@freety.example';
