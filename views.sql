-- The read models: what a list, a card or a detail shows. Every route reads
-- from these and writes to the tables. A view here has no GROUP BY, DISTINCT,
-- aggregate, UNION, LIMIT or subquery among its columns, so that the server
-- merges it into the query and uses the tables' indexes; STRAIGHT_JOIN keeps
-- the first table first. Columns that belong together share a prefix, which is
-- the name of a nested object in the answer. A statement ends with a semicolon
-- at the end of its line.

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
  COALESCE(p.id, 0)         AS avatar_id,
  COALESCE(p.name, '')      AS avatar_name,
  COALESCE(p.width, 0)      AS avatar_width,
  COALESCE(p.height, 0)     AS avatar_height,
  COALESCE(p.state, '')     AS avatar_state,
  COALESCE(p.blurhash, '')  AS avatar_blurhash
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
  COALESCE(p.id, 0)         AS avatar_id,
  COALESCE(p.name, '')      AS avatar_name,
  COALESCE(p.width, 0)      AS avatar_width,
  COALESCE(p.height, 0)     AS avatar_height,
  COALESCE(p.state, '')     AS avatar_state,
  COALESCE(p.blurhash, '')  AS avatar_blurhash,
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
-- are for filters and sorts.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW recruitment_cards AS
SELECT
  r.id, r.title, r.services, r.fee,
  r.province                AS venue_province,
  r.district                AS venue_district,
  r.neighborhood            AS venue_neighborhood,
  r.zone                    AS venue_zone,
  COALESCE(c.id, 0)         AS cover_id,
  COALESCE(c.name, '')      AS cover_name,
  COALESCE(c.width, 0)      AS cover_width,
  COALESCE(c.height, 0)     AS cover_height,
  COALESCE(c.state, '')     AS cover_state,
  COALESCE(c.blurhash, '')  AS cover_blurhash,
  r.stylist_id,
  a.name                    AS stylist_name,
  COALESCE(p.id, 0)         AS stylist_avatar_id,
  COALESCE(p.name, '')      AS stylist_avatar_name,
  COALESCE(p.width, 0)      AS stylist_avatar_width,
  COALESCE(p.height, 0)     AS stylist_avatar_height,
  COALESCE(p.state, '')     AS stylist_avatar_state,
  COALESCE(p.blurhash, '')  AS stylist_avatar_blurhash,
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
  COALESCE(p.id, 0)         AS stylist_avatar_id,
  COALESCE(p.name, '')      AS stylist_avatar_name,
  COALESCE(p.width, 0)      AS stylist_avatar_width,
  COALESCE(p.height, 0)     AS stylist_avatar_height,
  COALESCE(p.state, '')     AS stylist_avatar_state,
  COALESCE(p.blurhash, '')  AS stylist_avatar_blurhash,
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
SELECT rp.recruitment_id, rp.position, p.id, p.name, p.width, p.height, p.state, p.blurhash
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
  COALESCE(sp.id, 0)        AS stylist_avatar_id,
  COALESCE(sp.name, '')     AS stylist_avatar_name,
  COALESCE(sp.width, 0)     AS stylist_avatar_width,
  COALESCE(sp.height, 0)    AS stylist_avatar_height,
  COALESCE(sp.state, '')    AS stylist_avatar_state,
  COALESCE(sp.blurhash, '') AS stylist_avatar_blurhash,
  b.model_id,
  ma.name                   AS model_name,
  COALESCE(mp.id, 0)        AS model_avatar_id,
  COALESCE(mp.name, '')     AS model_avatar_name,
  COALESCE(mp.width, 0)     AS model_avatar_width,
  COALESCE(mp.height, 0)    AS model_avatar_height,
  COALESCE(mp.state, '')    AS model_avatar_state,
  COALESCE(mp.blurhash, '') AS model_avatar_blurhash
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

-- The mails about a booking, written by the outbox: each goes to one of the two.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW booking_mails AS
SELECT
  b.id AS booking_id, b.state, b.message, b.agreed, b.cancelled_by,
  t.starts_at, t.ends_at, r.title,
  b.stylist_id, sa.name AS stylist_name, sa.email AS stylist_email, sa.language AS stylist_language,
  b.model_id,   ma.name AS model_name,   ma.email AS model_email,   ma.language AS model_language
FROM bookings b
STRAIGHT_JOIN slots t ON t.id = b.slot_id
STRAIGHT_JOIN recruitments r ON r.id = b.recruitment_id
STRAIGHT_JOIN accounts sa ON sa.id = b.stylist_id
STRAIGHT_JOIN accounts ma ON ma.id = b.model_id;

-- GET /v1/services: anyone.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW service_catalogue AS
SELECT s.code, s.name, s.name_en, s.position FROM services s;

-- GET /v1/regions: anyone. Not distinct, so that it is merged; the route asks for that.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW open_neighborhoods AS
SELECT r.province, r.district, r.neighborhood, r.last_slot_at
FROM recruitments r
WHERE r.state = 'open' AND r.neighborhood <> '';

-- GET /v1/regions: anyone.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW region_districts AS
SELECT r.province, r.district, r.position FROM regions r;
