-- +goose Up
-- +goose NO TRANSACTION
-- What letters tell.
UPDATE notices t
STRAIGHT_JOIN region_names n ON n.named_province = JSON_UNQUOTE(JSON_EXTRACT(t.facts, '$.province')) AND n.named_district = JSON_UNQUOTE(JSON_EXTRACT(t.facts, '$.district')) AND (n.province, n.district) <> (n.named_province, n.named_district)
  AND (n.neighborhoods = '' OR FIND_IN_SET(SUBSTRING_INDEX(JSON_UNQUOTE(JSON_EXTRACT(t.facts, '$.neighborhood')), ' ', 1), n.neighborhoods))
SET t.facts = JSON_SET(t.facts, '$.province', n.province, '$.district', n.district);
-- A model's district has no province. These names meant one district each, and a model who goes there goes to all parts of it.
UPDATE models
SET districts = JSON_ARRAY_APPEND(JSON_REMOVE(districts, JSON_UNQUOTE(JSON_SEARCH(districts, 'one', '부천시'))), '$', '부천시 소사구', '$', '부천시 오정구', '$', '부천시 원미구')
WHERE JSON_SEARCH(districts, 'one', '부천시') IS NOT NULL;
UPDATE models
SET districts = JSON_ARRAY_APPEND(JSON_REMOVE(districts, JSON_UNQUOTE(JSON_SEARCH(districts, 'one', '화성시'))), '$', '화성시 동탄구', '$', '화성시 만세구', '$', '화성시 병점구', '$', '화성시 효행구')
WHERE JSON_SEARCH(districts, 'one', '화성시') IS NOT NULL;
-- What bookings agreed. In parts, because the rows of one are locked until it is done.
PREPARE part FROM "UPDATE bookings b
STRAIGHT_JOIN region_names n ON n.named_province = JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.province')) AND n.named_district = JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.district')) AND (n.province, n.district) <> (n.named_province, n.named_district)
  AND (n.neighborhoods = '' OR FIND_IN_SET(SUBSTRING_INDEX(JSON_UNQUOTE(JSON_EXTRACT(b.agreed, '$.venue.neighborhood')), ' ', 1), n.neighborhoods))
SET b.agreed = JSON_SET(b.agreed, '$.venue.province', n.province, '$.venue.district', n.district)
WHERE b.id > ? AND b.id <= ? + ?";
SET @step = (SELECT COALESCE(MAX(id), 0) DIV 32 + 1 FROM bookings);
SET @past = 0;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
EXECUTE part USING @past, @past, @step;
SET @past = @past + @step;
DEALLOCATE PREPARE part;
