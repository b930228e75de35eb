-- +goose Up
-- +goose NO TRANSACTION
UPDATE region_names n
STRAIGHT_JOIN stylists s ON s.province = n.named_province AND s.district = n.named_district
SET s.province = n.province, s.district = n.district
WHERE (n.province, n.district) <> (n.named_province, n.named_district) AND n.neighborhoods = '';
-- In parts, because the rows of one are locked until it is done.
PREPARE part FROM "UPDATE recruitments r
STRAIGHT_JOIN region_names n ON n.named_province = r.province AND n.named_district = r.district AND (n.province, n.district) <> (n.named_province, n.named_district)
  AND (n.neighborhoods = '' OR FIND_IN_SET(SUBSTRING_INDEX(r.neighborhood, ' ', 1), n.neighborhoods))
SET r.province = n.province, r.district = n.district
WHERE r.id > ? AND r.id <= ? + ?";
SET @step = (SELECT COALESCE(MAX(id), 0) DIV 32 + 1 FROM recruitments);
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
