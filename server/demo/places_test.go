package demo

import (
	"math"
	"testing"
)

// Compares with the middles of the districts in the capital area and with the
// city halls elsewhere, all known to a kilometre.
func TestPlacesLieInTheirDistrictOrByTheirCityHall(t *testing.T) {
	t.Parallel()
	type district struct{ province, name string }
	type point struct{ lat, lng float64 }
	middles := map[district]point{
		{seoul, "강남구"}: {37.50, 127.06}, {seoul, "마포구"}: {37.55, 126.92}, {seoul, "성동구"}: {37.55, 127.04}, {seoul, "서초구"}: {37.49, 127.01},
		{seoul, "송파구"}: {37.50, 127.12}, {seoul, "용산구"}: {37.54, 126.98}, {seoul, "광진구"}: {37.55, 127.08}, {seoul, "영등포구"}: {37.51, 126.91},
		{seoul, "서대문구"}: {37.58, 126.94}, {seoul, "관악구"}: {37.48, 126.94}, {gyeonggi, "성남시 분당구"}: {37.38, 127.12}, {seoul, "강동구"}: {37.55, 127.14},
		{seoul, "강북구"}: {37.63, 127.02}, {seoul, "강서구"}: {37.55, 126.84}, {seoul, "구로구"}: {37.50, 126.86}, {seoul, "금천구"}: {37.46, 126.90},
		{seoul, "노원구"}: {37.65, 127.07}, {seoul, "도봉구"}: {37.66, 127.04}, {seoul, "동대문구"}: {37.58, 127.06}, {seoul, "동작구"}: {37.50, 126.95},
		{seoul, "성북구"}: {37.60, 127.03}, {seoul, "양천구"}: {37.53, 126.85}, {seoul, "은평구"}: {37.61, 126.92}, {seoul, "종로구"}: {37.58, 126.99},
		{seoul, "중구"}: {37.56, 127.00}, {seoul, "중랑구"}: {37.60, 127.09}, {gyeonggi, "고양시 덕양구"}: {37.64, 126.86}, {gyeonggi, "고양시 일산동구"}: {37.67, 126.79},
		{gyeonggi, "고양시 일산서구"}: {37.68, 126.75}, {gyeonggi, "광명시"}: {37.47, 126.87}, {gyeonggi, "구리시"}: {37.60, 127.13}, {gyeonggi, "부천시 원미구"}: {37.50, 126.78},
		{gyeonggi, "성남시 수정구"}: {37.45, 127.13}, {gyeonggi, "수원시 영통구"}: {37.27, 127.06}, {gyeonggi, "수원시 장안구"}: {37.31, 127.00},
		{gyeonggi, "수원시 팔달구"}: {37.28, 127.02}, {gyeonggi, "안양시 동안구"}: {37.39, 126.96}, {gyeonggi, "안양시 만안구"}: {37.40, 126.91},
		{gyeonggi, "용인시 기흥구"}: {37.27, 127.12}, {gyeonggi, "용인시 수지구"}: {37.33, 127.08}, {gyeonggi, "의정부시"}: {37.74, 127.06},
		{gyeonggi, "하남시"}: {37.53, 127.20}, {incheon, "계양구"}: {37.54, 126.73}, {incheon, "남동구"}: {37.45, 126.72}, {incheon, "부평구"}: {37.50, 126.72},
		{incheon, "연수구"}: {37.41, 126.66},
	}
	cityHalls := map[district]point{
		{busan, ""}: {35.18, 129.08}, {daegu, ""}: {35.87, 128.60}, {honam, ""}: {35.16, 126.85}, {daejeon, ""}: {36.35, 127.38},
		{"울산광역시", ""}: {35.54, 129.31}, {"세종특별자치시", ""}: {36.48, 127.29}, {gangwon, "강릉시"}: {37.75, 128.88}, {gangwon, "춘천시"}: {37.88, 127.73},
		{"충청북도", "청주시 흥덕구"}: {36.64, 127.49}, {"충청남도", "천안시 서북구"}: {36.82, 127.11}, {jeonbuk, "전주시 덕진구"}: {35.82, 127.15}, {jeonbuk, "전주시 완산구"}: {35.82, 127.15},
		{honam, "순천시"}: {34.95, 127.49}, {"경상북도", "포항시 북구"}: {36.02, 129.34}, {gyeongnm, "김해시"}: {35.23, 128.89}, {gyeongnm, "창원시 성산구"}: {35.23, 128.68},
		{"제주특별자치도", "제주시"}: {33.50, 126.53},
	}
	for _, p := range places {
		most := 3.0
		near, known := middles[district{p.province, p.district}]
		if !known {
			most = 12
			if near, known = cityHalls[district{p.province, p.district}]; !known {
				near, known = cityHalls[district{p.province, ""}]
			}
		}
		const kmPerDegree = 111.2
		km := kmPerDegree * math.Hypot(p.lat-near.lat, (p.lng-near.lng)*math.Cos(p.lat*math.Pi/180))
		if !known || km > most {
			t.Errorf("%s %s lies %.1f km away from where it is known to be: %v", p.province, p.district, km, near)
		}
	}
}
