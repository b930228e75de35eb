-- +goose Up
-- The regions of 2026-11, and by which names since 2018 each was known. What changed, by when it came into force:
-- 2018-07-01 인천광역시 남구 명칭 변경에 관한 법률 (법률 제15499호, 2018-03-20): 미추홀구.
-- 2023-06-11 강원특별자치도 설치 등에 관한 특별법 (2022-06-10).
-- 2023-07-01 경상북도와 대구광역시 간 관할구역 변경에 관한 법률 (2023-01): 군위군 belongs to 대구광역시.
-- 2024-01-01 부천시 has three districts again, approved by the ministry of the interior on 2023-05-19 (지방자치법 제7조) and
--   set up by the city's ordinance; which 동 are in which is from the ministry's list of 법정동 codes of 2026-07-06.
-- 2024-01-18 전북특별자치도 설치 등에 관한 특별법 (2023-01-17).
-- 2026-02-01 화성시 읍ㆍ면ㆍ동ㆍ리의 명칭 및 관할구역에 관한 조례 (제2494호, 2025-11-12), 별표 1: four districts. 능동 is in two of them.
-- 2026-07-01 전남광주통합특별시 설치를 위한 특별법 (법률 제21446호, 2026-03-05): 광주광역시 and 전라남도 are one.
-- 2026-07-01 인천광역시 제물포구ㆍ영종구 및 검단구 설치 등에 관한 법률 (법률 제20161호, 2024-01-30, amended by 제21247호, 2025-12-30).
-- 2026-07-01 인천광역시 서구 명칭 변경에 관한 법률 (법률 제21734호, 2026-06-02): what is left of 서구 is 서해구.
-- A position here lies past all others until the last statement.
INSERT IGNORE INTO regions (province, district, position)
SELECT CASE province WHEN '강원도' THEN '강원특별자치도' WHEN '전라북도' THEN '전북특별자치도' ELSE '전남광주통합특별시' END, district, position + 2000
FROM regions WHERE province IN ('강원도', '전라북도', '광주광역시', '전라남도');
INSERT IGNORE INTO regions (province, district, position) VALUES
  ('인천광역시', '미추홀구', 3001),
  ('인천광역시', '제물포구', 3002),
  ('인천광역시', '영종구', 3003),
  ('인천광역시', '검단구', 3004),
  ('인천광역시', '서해구', 3005),
  ('경기도', '부천시 소사구', 3006),
  ('경기도', '부천시 오정구', 3007),
  ('경기도', '부천시 원미구', 3008),
  ('경기도', '화성시 동탄구', 3009),
  ('경기도', '화성시 만세구', 3010),
  ('경기도', '화성시 병점구', 3011),
  ('경기도', '화성시 효행구', 3012);
INSERT IGNORE INTO region_names (named_province, named_district, province, district)
SELECT province, district, CASE province WHEN '강원도' THEN '강원특별자치도' WHEN '전라북도' THEN '전북특별자치도' ELSE '전남광주통합특별시' END, district
FROM regions WHERE province IN ('강원도', '전라북도', '광주광역시', '전라남도');
INSERT IGNORE INTO region_names (named_province, named_district, province, district, neighborhoods) VALUES
  ('경상북도', '군위군', '대구광역시', '군위군', ''),
  ('인천광역시', '남구', '인천광역시', '미추홀구', ''),
  ('인천광역시', '동구', '인천광역시', '제물포구', ''),
  ('인천광역시', '중구', '인천광역시', '영종구', '중산동,운남동,운서동,운북동,을왕동,남북동,덕교동,무의동,영종동,영종1동,영종2동,운서1동,운서2동,용유동'),
  ('인천광역시', '중구', '인천광역시', '제물포구', '중앙동,중앙동1가,중앙동2가,중앙동3가,중앙동4가,해안동,해안동1가,해안동2가,해안동3가,해안동4가,관동,관동1가,관동2가,관동3가,항동,항동1가,항동2가,항동3가,항동4가,항동5가,항동6가,항동7가,송학동,송학동1가,송학동2가,송학동3가,사동,신생동,신포동,답동,신흥동,신흥동1가,신흥동2가,신흥동3가,선화동,유동,율목동,도원동,내동,경동,용동,인현동,전동,북성동,북성동1가,북성동2가,북성동3가,선린동,송월동,송월동1가,송월동2가,송월동3가,연안동,동인천동,개항동'),
  ('인천광역시', '서구', '인천광역시', '검단구', '백석동,시천동,마전동,당하동,원당동,대곡동,금곡동,오류동,왕길동,불로동,검단동,검단1동,검단2동,검단3동,검단4동,검단5동,불로대곡동,오류왕길동,아라동,아라1동,아라2동'),
  ('인천광역시', '서구', '인천광역시', '서해구', '검암동,경서동,공촌동,연희동,심곡동,가정동,가정1동,가정2동,가정3동,신현동,석남동,석남1동,석남2동,석남3동,원창동,가좌동,가좌1동,가좌2동,가좌3동,가좌4동,청라동,청라1동,청라2동,청라3동,검암경서동,신현원창동'),
  ('경기도', '부천시', '경기도', '부천시 소사구', '소사본동,소사본1동,소사본3동,심곡본동,심곡본1동,범박동,괴안동,역곡3동,송내동,송내1동,송내2동,옥길동,계수동'),
  ('경기도', '부천시', '경기도', '부천시 오정구', '오정동,여월동,작동,원종동,원종1동,원종2동,고강동,고강본동,고강1동,대장동,삼정동,내동,성곡동,신흥동'),
  ('경기도', '부천시', '경기도', '부천시 원미구', '원미동,원미1동,원미2동,심곡동,심곡1동,심곡2동,심곡3동,춘의동,도당동,약대동,소사동,역곡동,역곡1동,역곡2동,중동,중1동,중2동,중3동,중4동,상동,상1동,상2동,상3동,부천동,신중동'),
  ('경기도', '화성시', '경기도', '화성시 동탄구', '동탄1동,동탄2동,동탄3동,동탄4동,동탄5동,동탄6동,동탄7동,동탄8동,동탄9동,동탄면,반송동,석우동,오산동,여울동,청계동,영천동,중동,신동,목동,산척동,장지동,송동,방교동,금곡동'),
  ('경기도', '화성시', '경기도', '화성시 만세구', '우정읍,향남읍,남양읍,남양동,마도면,송산면,서신면,팔탄면,장안면,양감면,새솔동'),
  ('경기도', '화성시', '경기도', '화성시 병점구', '진안동,병점동,병점1동,병점2동,기산동,반월동,반정동,황계동,송산동,안녕동,화산동'),
  ('경기도', '화성시', '경기도', '화성시 효행구', '봉담읍,매송면,비봉면,정남면,기배동,배양동,기안동');
INSERT IGNORE INTO region_names (named_province, named_district, province, district)
SELECT r.province, r.district, r.province, r.district
FROM regions r LEFT JOIN region_names n ON n.named_province = r.province AND n.named_district = r.district
WHERE n.province IS NULL;
UPDATE regions r JOIN (
  SELECT n.province, n.district, ROW_NUMBER() OVER (ORDER BY FIELD(n.province, '서울특별시', '부산광역시', '대구광역시', '인천광역시', '전남광주통합특별시', '대전광역시', '울산광역시', '세종특별자치시',
    '경기도', '강원특별자치도', '충청북도', '충청남도', '전북특별자치도', '경상북도', '경상남도', '제주특별자치도'), n.district) AS place
  FROM region_names n WHERE n.named_province = n.province AND n.named_district = n.district
) o ON o.province = r.province AND o.district = r.district
SET r.position = 1000 + o.place;
