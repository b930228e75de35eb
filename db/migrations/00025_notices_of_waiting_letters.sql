-- +goose Up
INSERT IGNORE INTO notices (id, account_id, kind, facts, created_at)
SELECT
  o.id, o.account_id,
  CASE WHEN o.subject LIKE 'booking\_applied:%' AND b.state = 'waitlisted' THEN 'booking_waitlisted' ELSE SUBSTRING_INDEX(o.subject, ':', 1) END,
  JSON_MERGE_PATCH(JSON_OBJECT(
    'id', b.id,
    'state', CASE WHEN o.subject LIKE 'booking\_applied:%' AND b.state = 'waitlisted' THEN 'waitlisted' ELSE SUBSTRING(SUBSTRING_INDEX(o.subject, ':', 1), 9) END,
    'by', COALESCE(b.cancelled_by, CASE WHEN o.account_id = b.stylist_id THEN 'model' ELSE 'stylist' END),
    'other', CASE WHEN o.account_id = b.stylist_id THEN m.name ELSE s.name END,
    'title', r.title, 'message', b.message, 'reason', '',
    'startsAt', DATE_FORMAT(t.starts_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
    'endsAt', DATE_FORMAT(t.ends_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
    'zone', JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.zone')),
    'services', JSON_EXTRACT(b.agreed, '$.services'),
    'fee', JSON_EXTRACT(b.agreed, '$.fee'),
    'province', JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.province')),
    'district', JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.district')),
    'neighborhood', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.neighborhood')), '')
  ), CASE WHEN o.account_id = b.stylist_id THEN '{"toStylist": true}' ELSE '{"toStylist": false}' END),
  o.created_at
FROM outbox o
JOIN bookings b ON b.id = SUBSTRING_INDEX(o.subject, ':', -1)
JOIN slots t ON t.id = b.slot_id
JOIN recruitments r ON r.id = b.recruitment_id
JOIN accounts s ON s.id = b.stylist_id
JOIN accounts m ON m.id = b.model_id
WHERE o.kind = 'mail' AND o.account_id IS NOT NULL;
