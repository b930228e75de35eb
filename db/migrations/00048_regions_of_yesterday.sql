-- +goose Up
-- From here on, servers of the release before refuse former names. The first statement keeps them from writing one more until the last is done.
SELECT r.province FROM regions r LEFT JOIN region_names n ON n.named_province = r.province AND n.named_district = r.district AND n.province = r.province AND n.district = r.district
WHERE n.province IS NULL FOR UPDATE;
UPDATE region_names n
STRAIGHT_JOIN recruitments r ON r.province = n.named_province AND r.district = n.named_district
  AND (n.neighborhoods = '' OR FIND_IN_SET(SUBSTRING_INDEX(r.neighborhood, ' ', 1), n.neighborhoods))
SET r.province = n.province, r.district = n.district
WHERE (n.province, n.district) <> (n.named_province, n.named_district);
UPDATE region_names n
STRAIGHT_JOIN stylists s ON s.province = n.named_province AND s.district = n.named_district
SET s.province = n.province, s.district = n.district
WHERE (n.province, n.district) <> (n.named_province, n.named_district) AND n.neighborhoods = '';
-- A divided district stays for those rows of it that do not tell in which part they are.
DELETE r FROM regions r
LEFT JOIN region_names n ON n.named_province = r.province AND n.named_district = r.district AND n.province = r.province AND n.district = r.district
WHERE n.province IS NULL
  AND NOT EXISTS (SELECT 1 FROM recruitments c WHERE c.province = r.province AND c.district = r.district)
  AND NOT EXISTS (SELECT 1 FROM stylists s WHERE s.province = r.province AND s.district = r.district);
