-- The read models: what a list, a card or a detail shows. Every route reads
-- from these and writes to the tables. A view here has no GROUP BY, DISTINCT,
-- aggregate, UNION, LIMIT or subquery among its columns, so that the server
-- merges it into the query and uses the tables' indexes; STRAIGHT_JOIN keeps
-- the first table first. Columns that belong together share a prefix, which is
-- the name of a nested object in the answer; a photo is one column, which is
-- empty where it is missing. A statement ends with a semicolon at the end of its
-- line. The number rises with every change here: servers replace views of a lower
-- number, and leave those of a higher one.
-- Number 3

-- Every route of a signed-in caller: that the session has not ended, and whose it is.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW live_sessions AS
SELECT s.id, s.account_id, s.expires_at, a.role
FROM sessions s
STRAIGHT_JOIN accounts a ON a.id = s.account_id
WHERE s.ended_at IS NULL;

-- GET /v1/me, and the account in a session: its owner.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW account_details AS
SELECT
  a.id, a.role, a.name, a.email, a.email_verified, a.created_at,
  CONCAT_WS(' ', p.id, p.name, p.width, p.height, p.state, p.blurhash) AS avatar
FROM accounts a
LEFT JOIN photos p ON p.id = a.avatar_photo_id;

-- POST /v1/login/email: nobody sees it; the password's hash stays in the server.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW account_credentials AS
SELECT a.id, a.role, a.email, COALESCE(a.password_hash, '') AS password_hash
FROM accounts a;

-- GET /v1/stylists/{id}: anyone; GET /v1/me/profile: the stylist.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW stylist_cards AS
SELECT
  s.account_id AS id, a.name, a.created_at,
  CONCAT_WS(' ', p.id, p.name, p.width, p.height, p.state, p.blurhash) AS avatar,
  s.affiliation, s.affiliation_name, s.experience_months, s.status_message, s.career,
  s.services, s.province, s.district, s.rating, s.review_count
FROM stylists s
STRAIGHT_JOIN accounts a ON a.id = s.account_id
LEFT JOIN photos p ON p.id = a.avatar_photo_id;

-- GET /v1/me/profile: the model.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW model_profiles AS
SELECT
  m.account_id AS id, a.name, a.birth_date,
  m.gender, m.hair_length, m.hair_history, m.wanted_services, m.districts,
  m.status_message, m.discoverable, m.rating, m.review_count
FROM models m
STRAIGHT_JOIN accounts a ON a.id = m.account_id;

-- GET /v1/recruitments, /v1/me/favorites: anyone, the open ones; GET
-- /v1/me/recruitments: the owner, all. The columns behind stylist_review_count
-- are for filters and sorts. What a card shows besides depends on the time, the
-- caller or the search, so card.go adds it to the query: next_slot_at,
-- seats_left, favorited, venue_distance_km.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW recruitment_cards AS
SELECT
  r.id, r.title, r.services, r.fee,
  r.province                AS venue_province,
  r.district                AS venue_district,
  r.neighborhood            AS venue_neighborhood,
  r.zone                    AS venue_zone,
  CONCAT_WS(' ', c.id, c.name, c.width, c.height, c.state, c.blurhash) AS cover,
  r.stylist_id,
  a.name                    AS stylist_name,
  CONCAT_WS(' ', p.id, p.name, p.width, p.height, p.state, p.blurhash) AS stylist_avatar,
  s.experience_months       AS stylist_experience_months,
  s.rating                  AS stylist_rating,
  s.review_count            AS stylist_review_count,
  r.favorite_count, r.published_at,
  r.state                   AS stored_state,
  r.body, r.gender_wanted, r.hair_lengths_wanted, r.public_lat, r.public_lng, r.instant_book,
  r.photo_count, r.last_slot_at, r.created_at,
  s.affiliation, s.affiliation_name
FROM recruitments r
STRAIGHT_JOIN stylists s ON s.account_id = r.stylist_id
STRAIGHT_JOIN accounts a ON a.id = s.account_id
LEFT JOIN photos c ON c.id = r.cover_photo_id
LEFT JOIN photos p ON p.id = a.avatar_photo_id
WHERE r.state <> 'deleted';

-- GET /v1/recruitments/{id}: anyone, what is not a draft; the owner, all. The
-- exact point and the venue's detail leave the server for the owner only.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW recruitment_details AS
SELECT
  r.id, r.state             AS stored_state,
  r.title, r.body, r.services, r.fee, r.gender_wanted, r.hair_lengths_wanted,
  r.province                AS venue_province,
  r.district                AS venue_district,
  r.neighborhood            AS venue_neighborhood,
  r.venue_detail            AS venue_detail,
  r.lat                     AS venue_lat,
  r.lng                     AS venue_lng,
  r.zone                    AS venue_zone,
  r.notice_hours, r.instant_book, r.favorite_count, r.published_at, r.created_at, r.updated_at,
  r.stylist_id,
  a.name                    AS stylist_name,
  CONCAT_WS(' ', p.id, p.name, p.width, p.height, p.state, p.blurhash) AS stylist_avatar,
  s.experience_months       AS stylist_experience_months,
  s.rating                  AS stylist_rating,
  s.review_count            AS stylist_review_count
FROM recruitments r
STRAIGHT_JOIN stylists s ON s.account_id = r.stylist_id
STRAIGHT_JOIN accounts a ON a.id = s.account_id
LEFT JOIN photos p ON p.id = a.avatar_photo_id
WHERE r.state <> 'deleted';

-- GET /v1/recruitments/{id} and its photo routes: whoever sees the recruitment.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW recruitment_gallery AS
SELECT rp.recruitment_id, rp.position, p.id, CONCAT_WS(' ', p.id, p.name, p.width, p.height, p.state, p.blurhash) AS photo
FROM recruitment_photos rp
STRAIGHT_JOIN photos p ON p.id = rp.photo_id;

-- GET /v1/recruitments/{id}: whoever sees the recruitment.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW recruitment_slots AS
SELECT s.id, s.recruitment_id, s.starts_at, s.ends_at, s.capacity, s.capacity - s.taken AS seats_left
FROM slots s;

-- GET /v1/me/bookings, /v1/bookings/{id} and its actions: the booking's stylist and its model.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW booking_details AS
SELECT
  b.id, b.state, b.message, b.agreed, b.expires_at, b.cancelled_by, b.late, b.no_show_by, b.created_at, b.updated_at,
  b.slot_id,
  t.starts_at               AS slot_starts_at,
  t.ends_at                 AS slot_ends_at,
  b.recruitment_id,
  r.title                   AS recruitment_title,
  b.stylist_id,
  sa.name                   AS stylist_name,
  CONCAT_WS(' ', sp.id, sp.name, sp.width, sp.height, sp.state, sp.blurhash) AS stylist_avatar,
  b.model_id,
  ma.name                   AS model_name,
  CONCAT_WS(' ', mp.id, mp.name, mp.width, mp.height, mp.state, mp.blurhash) AS model_avatar
FROM bookings b
STRAIGHT_JOIN slots t ON t.id = b.slot_id
STRAIGHT_JOIN recruitments r ON r.id = b.recruitment_id
STRAIGHT_JOIN accounts sa ON sa.id = b.stylist_id
LEFT JOIN photos sp ON sp.id = sa.avatar_photo_id
STRAIGHT_JOIN accounts ma ON ma.id = b.model_id
LEFT JOIN photos mp ON mp.id = ma.avatar_photo_id;

-- GET /v1/bookings/{id}/events: the booking's stylist and its model.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW booking_history AS
SELECT e.id, e.booking_id, e.state, e.actor_role, e.actor_id, COALESCE(a.name, '') AS actor_name, e.reason, e.created_at
FROM booking_events e
LEFT JOIN accounts a ON a.id = e.actor_id;

-- The letters of notices, which the outbox sends: to the account of each.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW notice_letters AS
SELECT n.id, n.account_id, n.kind, n.facts, n.created_at, n.letter_at, a.name, a.email, a.email_verified, a.language
FROM notices n
STRAIGHT_JOIN accounts a ON a.id = n.account_id;

-- The letters about a booking: whether it is still what they tell, where to go, and
-- whether what its parties wrote may be repeated.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW booking_states AS
SELECT b.id, b.state, b.agreed, s.email_verified AS stylist_confirmed, m.email_verified AS model_confirmed
FROM bookings b
STRAIGHT_JOIN accounts s ON s.id = b.stylist_id
STRAIGHT_JOIN accounts m ON m.id = b.model_id;

-- GET /v1/services: anyone.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW service_catalogue AS
SELECT s.code, s.name, s.name_en, s.position FROM services s;

-- GET /v1/regions: anyone. Not distinct, so that it is merged; the route asks for that.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW open_neighborhoods AS
SELECT r.province, r.district, r.neighborhood, r.last_slot_at
FROM recruitments r
WHERE r.state = 'open' AND r.neighborhood <> '';

-- GET /v1/regions: anyone; today's.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW region_districts AS
SELECT r.province, r.district, r.position
FROM regions r
STRAIGHT_JOIN region_names n ON n.named_province = r.province AND n.named_district = r.district AND n.province = r.province AND n.district = r.district;

-- Every route that takes the name of a region: what it means today.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW regions_by_name AS
SELECT n.named_province, n.named_district, n.province, n.district, n.neighborhoods FROM region_names n;
