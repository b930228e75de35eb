-- +goose Up
-- +goose NO TRANSACTION
-- Each statement keeps its own rows, and no longer than it takes.
UPDATE recruitments r
JOIN region_names n ON n.named_province = r.province AND n.named_district = r.district AND (n.province, n.district) <> (n.named_province, n.named_district)
  AND (n.neighborhoods = '' OR FIND_IN_SET(SUBSTRING_INDEX(r.neighborhood, ' ', 1), n.neighborhoods))
SET r.province = n.province, r.district = n.district;
UPDATE stylists s
JOIN region_names n ON n.named_province = s.province AND n.named_district = s.district AND (n.province, n.district) <> (n.named_province, n.named_district)
  AND n.neighborhoods = ''
SET s.province = n.province, s.district = n.district;
