-- +goose Up
INSERT IGNORE INTO services (code, name, name_en, position) VALUES
  ('cut', '커트', 'Cut', 1),
  ('perm', '펌', 'Perm', 2),
  ('color', '염색', 'Colour', 3),
  ('bleach', '탈색', 'Bleach', 4),
  ('treatment', '클리닉', 'Treatment', 5),
  ('straightening', '매직', 'Straightening', 6),
  ('extension', '붙임머리', 'Extension', 7),
  ('styling', '스타일링', 'Styling', 8),
  ('other', '기타', 'Other', 9);
