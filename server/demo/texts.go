package demo

import "freety/routes/catalogue"

// style is something that stylists practise: its name, whom it suits (empty means
// anybody), and the services that go with it.
type style struct {
	name    string
	gender  string
	lengths []string
	with    []catalogue.Service
}

// craft is what practising a service takes.
type craft struct {
	service          catalogue.Service
	weight           int // how often it is offered
	minutes          [2]int
	mostFee          int // in thousands
	styles           []style
	wants, explained []string // of the hair; of the work
}

const (
	female = "female"
	male   = "male"
)

var (
	longer  = []string{"medium", "long"}
	shorter = []string{"short", "bob"}
)

var crafts = []craft{
	{
		service: "cut", weight: 22, minutes: [2]int{60, 90}, mostFee: 12,
		styles: []style{
			{name: "레이어드컷", gender: female, lengths: longer},
			{name: "허쉬컷", gender: female, lengths: longer},
			{name: "단발 보브컷", gender: female, lengths: []string{"bob", "medium"}},
			{name: "태슬컷", gender: female, lengths: []string{"bob", "medium"}},
			{name: "샌드컷", gender: female},
			{name: "시스루뱅 앞머리컷", gender: female, with: []catalogue.Service{"styling"}},
			{name: "숏컷", gender: female, lengths: []string{"short", "bob"}},
			{name: "투블럭컷", gender: male, lengths: []string{"short"}},
			{name: "댄디컷", gender: male, lengths: []string{"short"}},
			{name: "리프컷", gender: male, lengths: shorter, with: []catalogue.Service{"styling"}},
			{name: "페이드컷", gender: male, lengths: []string{"short"}},
			{name: "커트"},
		},
		wants:     []string{"최근 한 달 안에 커트하지 않으신 분이면 좋아요.", "기장을 3cm 이상 자를 수 있는 분이어야 해요.", "숱이 보통 이상이면 더 좋습니다.", "곱슬이 심하지 않은 분을 찾고 있어요."},
		explained: []string{"선생님께서 옆에서 같이 체크해 주셔서 안심하셔도 돼요.", "블로우 드라이까지 마무리해 드려요.", "얼굴형에 맞춰 라인을 같이 정하고 시작합니다.", "섹션을 나눠 꼼꼼히 자르다 보니 살롱보다 시간이 조금 더 걸려요."},
	},
	{
		service: "perm", weight: 22, minutes: [2]int{150, 210}, mostFee: 40,
		styles: []style{
			{name: "셋팅펌", gender: female, lengths: longer},
			{name: "디지털펌", gender: female, lengths: longer},
			{name: "히피펌", gender: female, lengths: longer, with: []catalogue.Service{"treatment"}},
			{name: "빌드펌", gender: female, lengths: longer, with: []catalogue.Service{"cut"}},
			{name: "C컬펌", gender: female, lengths: []string{"bob", "medium"}, with: []catalogue.Service{"cut"}},
			{name: "S컬펌", gender: female, lengths: longer},
			{name: "젤리펌", gender: female, lengths: longer},
			{name: "레이어드펌", gender: female, lengths: longer, with: []catalogue.Service{"cut"}},
			{name: "뿌리볼륨펌", gender: female},
			{name: "가르마펌", gender: male, lengths: []string{"short"}, with: []catalogue.Service{"cut"}},
			{name: "애즈펌", gender: male, lengths: shorter},
			{name: "쉐도우펌", gender: male, lengths: []string{"short"}, with: []catalogue.Service{"cut"}},
			{name: "아이롱펌", gender: male, lengths: []string{"short"}},
		},
		wants:     []string{"탈색 모발은 어려워요. 염색 모발은 괜찮습니다.", "최근 3개월 안에 펌을 하지 않으신 분이면 좋겠어요.", "모발 손상이 심하지 않은 분을 찾습니다.", "쇄골 정도 오는 기장이면 결과가 가장 예뻐요."},
		explained: []string{"롤 굵기는 당일 모발 상태를 보고 같이 정해요.", "시술 전후로 가벼운 클리닉을 넣어 드려요.", "연화와 중화 시간을 정확히 지켜서 진행합니다.", "마무리 손질법까지 알려 드릴게요."},
	},
	{
		service: "color", weight: 18, minutes: [2]int{120, 180}, mostFee: 35,
		styles: []style{
			{name: "애쉬브라운 염색"}, {name: "톤다운 염색"}, {name: "초코브라운 염색"}, {name: "카키브라운 염색"}, {name: "블루블랙 염색"},
			{name: "로즈브라운 염색", gender: female}, {name: "레드브라운 염색", gender: female},
			{name: "발레아쥬", gender: female, lengths: longer, with: []catalogue.Service{"bleach"}},
			{name: "뿌리염색"}, {name: "새치커버 염색"},
			{name: "페이스라인 하이라이트", gender: female, with: []catalogue.Service{"bleach"}},
		},
		wants:     []string{"염색약 알레르기가 없는 분이어야 하고, 이틀 전 패치 테스트를 부탁드려요.", "검은색으로 염색한 적이 있다면 미리 말씀해 주세요.", "현재 색이 잘 보이는 사진을 메시지에 적어 주시면 좋아요.", "두피가 예민하지 않은 분을 찾습니다."},
		explained: []string{"원하는 색 사진을 두세 장 가져와 주세요.", "두피 보호제를 먼저 바르고 시작합니다.", "색은 피부톤을 보고 같이 골라요.", "컬러 샴푸 사용법도 알려 드려요."},
	},
	{
		service: "bleach", weight: 8, minutes: [2]int{180, 240}, mostFee: 40,
		styles: []style{
			{name: "전체탈색 + 애쉬블론드", with: []catalogue.Service{"color"}},
			{name: "뿌리탈색"},
			{name: "옴브레", gender: female, lengths: longer, with: []catalogue.Service{"color"}},
			{name: "시크릿투톤", gender: female, with: []catalogue.Service{"color"}},
			{name: "밀크브론즈 탈색", gender: female, with: []catalogue.Service{"color", "treatment"}},
			{name: "블리치 하이라이트", with: []catalogue.Service{"color"}},
		},
		wants:     []string{"최근 1년 안에 매직이나 펌을 하지 않은 모발이 필요해요.", "탈색 경험이 없는 버진헤어면 가장 좋습니다.", "두피 상처나 트러블이 있으면 진행할 수 없어요."},
		explained: []string{"탈색은 한 번만 진행하고, 상태를 보며 시간을 조절해요.", "마지막에 본드 케어를 넣어 드립니다.", "시간이 오래 걸리니 여유 있는 날로 골라 주세요."},
	},
	{
		service: "treatment", weight: 8, minutes: [2]int{60, 90}, mostFee: 10,
		styles:    []style{{name: "단백질 클리닉"}, {name: "수분 클리닉"}, {name: "손상모 복구 클리닉", gender: female}, {name: "두피 스케일링"}, {name: "헤드스파"}},
		wants:     []string{"모발 상태와 관계없이 누구나 환영해요.", "손상모일수록 전후 차이가 잘 보여요.", "두피에 상처가 없는 분이면 됩니다."},
		explained: []string{"두피 진단기로 상태를 먼저 같이 봐요.", "어깨 마사지도 연습 중이라 함께 해 드려요.", "제품은 살롱에서 쓰는 것과 같은 것을 씁니다."},
	},
	{
		service: "straightening", weight: 10, minutes: [2]int{180, 240}, mostFee: 40,
		styles: []style{
			{name: "볼륨매직", gender: female, lengths: longer},
			{name: "매직 스트레이트", gender: female},
			{name: "매직 셋팅펌", gender: female, lengths: longer, with: []catalogue.Service{"perm"}},
			{name: "앞머리 매직", gender: female},
			{name: "옆머리 다운펌", gender: male, lengths: []string{"short"}, with: []catalogue.Service{"cut"}},
			{name: "곱슬 교정"},
		},
		wants:     []string{"곱슬기가 있는 분이면 더 좋아요.", "탈색한 적이 없는 모발이어야 해요.", "최근 6개월 안에 매직을 하지 않으신 분을 찾아요."},
		explained: []string{"연화 테스트를 먼저 하고 진행합니다.", "아이롱 온도를 낮게 잡아 손상을 줄여요.", "뿌리 볼륨은 살리고 끝은 자연스럽게 말아 드려요."},
	},
	{
		service: "extension", weight: 3, minutes: [2]int{150, 240}, mostFee: 40,
		styles:    []style{{name: "붙임머리", gender: female, lengths: []string{"bob", "medium"}}, {name: "팁 붙임머리", gender: female}, {name: "숱보강 붙임머리", gender: female}},
		wants:     []string{"귀밑 5cm 이상 되는 기장이면 가능해요.", "숱이 너무 적으면 티가 날 수 있어요."},
		explained: []string{"피스 비용은 제가 부담합니다.", "관리 방법과 제거 시기까지 안내해 드려요."},
	},
	{
		service: "styling", weight: 7, minutes: [2]int{60, 90}, mostFee: 8,
		styles: []style{
			{name: "웨이브 드라이", gender: female, lengths: longer},
			{name: "업스타일", gender: female, lengths: longer},
			{name: "셀프웨딩 스타일링", gender: female, lengths: longer},
			{name: "브레이드 스타일링", gender: female, lengths: longer},
			{name: "가르마 스타일링", gender: male, lengths: []string{"short"}},
		},
		wants:     []string{"당일 머리를 감고 완전히 말려서 와 주세요.", "어깨를 넘는 기장이어야 해요.", "앞머리 유무는 상관없어요."},
		explained: []string{"약속 있는 날 오시면 예쁘게 하고 가실 수 있어요.", "완성 사진을 얼굴 없이 찍어도 되는 분이면 좋아요.", "핀과 고무줄은 모두 준비되어 있어요."},
	},
	{
		service: "other", weight: 2, minutes: [2]int{60, 90}, mostFee: 5,
		styles:    []style{{name: "퍼스널컬러 헤어 상담"}, {name: "가발 커트"}, {name: "두피 진단"}},
		wants:     []string{"누구나 환영해요.", "궁금한 점이 많은 분이면 더 좋아요."},
		explained: []string{"상담만 받고 가셔도 괜찮아요.", "결과지를 정리해서 드려요."},
	},
}

// Words in braces are replaced. After a colon is the particle that follows, in
// the form for a word that ends in a consonant.
var titles = []string{
	"{style} 모델 구해요",
	"{style} 연습 모델 모집합니다",
	"[{hood}] {style} 모델 찾아요",
	"{hood} {style} 하실 분 계신가요?",
	"첫 {style}, 함께해 주실 모델 구해요",
	"{style} 테스트 준비 중이에요, 모델 부탁드려요",
	"{style} 받아 보실 분 모십니다",
	"{hood} {salon} {style} 모델",
	"정성껏 해 드려요! {style} 모델 구합니다",
	"디자이너 승급 시험 {style} 모델 구해요",
	"평소 {style} 해 보고 싶었던 분!",
	"{style} 포트폴리오 모델 모집",
	"{style} 모델 선착순으로 모셔요",
}

var freeTitles = []string{"무료 {style} 모델 구해요", "[무료] {hood} {style} 모델 모집", "재료비도 안 받아요, {style} 모델"}

var maleTitles = []string{"남성 {style} 모델 구해요", "[{hood}] 남자 {style} 모델 모집"}

var greetings = []string{
	"안녕하세요, {who} {name}입니다.",
	"안녕하세요! {salon}에서 일하는 {who} {name:이에요}.",
	"반갑습니다. {hood}에서 {who} 일을 하고 있는 {name}입니다.",
	"안녕하세요 :) {since} 차 {who} {name}입니다.",
	"{salon} {who} {name}, 모델분을 찾고 있어요.",
}

var studentGreetings = []string{
	"안녕하세요, {salon}에 다니는 {name}입니다.",
	"안녕하세요! {salon}에서 미용을 배우고 있는 {name:이에요}.",
	"반갑습니다. 미용을 배운 지 {since} 된 {name}입니다.",
}

var purposes = []string{
	"{style} 연습을 위해 모델을 구하고 있어요.",
	"이번 달 안에 {style} 레벨 테스트가 있어서 모델이 필요해요.",
	"{style} 포트폴리오를 만들고 있습니다.",
	"{style:을} 가발로만 연습하다가 이제 모델분과 함께해 보려고 해요.",
	"요즘 {style:을} 집중해서 연습하고 있어요.",
	"승급 과제가 {style:이라서} 모델분의 도움이 필요합니다.",
}

var venues = []string{
	"장소는 {hood}이고, 자세한 주소는 예약이 확정되면 보여요.",
	"매장은 {hood}에 있어요. 지하철역에서 걸어서 5분 정도예요.",
	"{hood} 쪽이라 대중교통으로 오시기 편해요.",
	"{hood} {salon}에서 진행합니다.",
}

var conditions = []string{
	"연습인 만큼 시간이 넉넉한 분이면 좋겠습니다.",
	"약속 시간은 꼭 지켜 주세요.",
	"못 오시게 되면 하루 전까지는 알려 주세요.",
	"작업 전후 사진을 찍는데, 얼굴은 나오지 않아요.",
	"음료와 간식을 준비해 둘게요.",
	"조용히 쉬고 싶으시면 편하게 말씀해 주세요.",
	"진행 중에 불편한 점이 있으면 바로 말씀해 주세요.",
	"조금 늦게 끝날 수도 있으니 뒤 일정은 여유 있게 잡아 주세요.",
}

var freeFees = []string{"비용은 받지 않습니다.", "무료로 진행해요.", "연습이라 비용은 없어요."}

var paidFees = []string{"재료비로 {fee}원만 받고 있어요.", "비용은 약값 {fee}원입니다.", "재료비 {fee}원은 당일에 주시면 됩니다."}

var closings = []string{
	"관심 있는 분은 편하게 신청해 주세요!",
	"아래 날짜 중에 편한 시간을 골라 주세요.",
	"신청하실 때 현재 머리 상태를 간단히 적어 주세요.",
	"최선을 다해 예쁘게 해 드릴게요. 감사합니다.",
	"궁금한 점은 메시지로 남겨 주세요.",
	"많은 신청 부탁드립니다 :)",
}

var familyNames = []string{
	"김", "김", "김", "김", "이", "이", "이", "박", "박", "최", "최", "정", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황", "안", "송", "홍", "유", "문", "배",
}

var givenNames = map[string][]string{
	female: {
		"서연", "민서", "지우", "하은", "지민", "수빈", "예은", "유진", "지현", "다은", "채원", "윤서", "소연", "은지", "혜진", "가영", "나연", "보라", "시은", "아름",
		"주희", "현지", "미소", "세영", "연우", "하늘", "은서", "예린", "수아", "정윤", "다인", "소희", "유나", "지안", "민주", "해인", "서영", "아린", "은채", "고은",
	},
	male: {
		"민준", "서준", "도윤", "예준", "시우", "주원", "지호", "준서", "현우", "도현", "건우", "우진", "선우", "민재", "현준", "성민", "재원", "태윤", "승현", "동하", "준혁", "지훈", "유찬", "한결",
	},
}

var salons = []string{
	"결헤어", "모먼트살롱", "온결살롱", "아틀리에 소소", "하루헤어", "라온살롱", "담헤어", "포근헤어", "무드온헤어", "스튜디오 결", "살롱 다정", "헤어바이린", "봄날의 머리방", "루미에르 헤어", "오월헤어",
	"살롱 여백", "단정헤어", "헤어 이음", "살롱 드 온", "머리결연구소", "윤슬헤어", "서로헤어", "헤어공방 나무", "살롱 모노", "가온헤어",
}

var academies = []string{"한빛뷰티아카데미", "가온미용학원", "새솔미용학원", "다온뷰티직업전문학교", "이룸헤어아카데미", "늘봄미용학원"}

var schools = []string{"한누리대학교 뷰티디자인과", "가람고등학교 미용과", "미래융합대학 헤어디자인과", "솔빛여자고등학교 뷰티아트과", "누리문화예술대학 미용예술과"}

var stylistStatuses = []string{
	"모델분들 덕분에 매일 늘고 있어요", "{style} 집중 연습 중", "주말 예약 환영해요", "꼼꼼하게, 천천히", "첫 방문도 편하게 오세요", "승급 시험 준비 중입니다", "", "메시지는 저녁에 확인해요", "손상 없는 {style}, 연구 중",
}

var careers = []string{"미용사(일반) 국가자격증 취득", "{salon} 근무", "커트 기초 과정 수료", "퍼스널컬러 2급 자격증", "펌 디자인 심화 과정 수료", "컬러리스트 과정 수료", "업스타일 콘테스트 입선", "두피관리사 자격증"}

var modelStatuses = []string{
	"새로운 스타일에 도전해 보고 싶어요", "주말에만 가능해요", "염색은 자주 해 봤어요", "손상이 적은 편이에요", "숱이 많고 곱슬이에요", "", "", "평일 저녁이 편합니다", "탈색은 어려워요", "단발로 자를 준비 됐어요", "사진 촬영 괜찮아요",
}

var treatments = []string{"뿌리염색", "전체염색", "볼륨매직", "셋팅펌", "커트", "탈색 1회", "클리닉", "앞머리 펌", "톤다운 염색", "C컬펌"}

var applications = []string{
	"안녕하세요, 신청합니다! 어깨 정도 오는 기장이에요.",
	"시간 맞춰서 갈 수 있어요. 잘 부탁드립니다.",
	"작년에 염색을 한 번 했고 지금은 손상이 거의 없어요.",
	"예전부터 해 보고 싶었던 스타일이라 신청드려요!",
	"숱이 많은 편인데 괜찮을까요?",
	"사진 촬영도 괜찮습니다 :)",
	"근처에 살아서 시간 조율도 가능해요.",
	"반곱슬이고 최근 펌은 6개월 전에 했어요.",
	"처음 신청해 봐요. 준비할 것이 있으면 알려 주세요.",
	"",
}

var invitations = []string{"프로필 보고 연락드려요. 이 시간에 오실 수 있을까요?", "찾고 있던 기장이라 초대드립니다!", "원하시던 시술이라 제안드려요. 편하게 답해 주세요."}

var declineReasons = []string{"이번에는 다른 기장의 모델분이 필요해서요. 감사합니다.", "이미 자리가 찼어요. 다음에 꼭 뵐게요.", "탈색 모발은 진행이 어려워요.", ""}

var cancelReasons = map[string][]string{
	"model":   {"갑자기 일정이 생겼어요. 죄송합니다.", "몸이 좋지 않아서 취소할게요.", ""},
	"stylist": {"매장 사정으로 그날은 진행이 어려워졌어요. 죄송합니다.", "교육 일정이 바뀌었어요. 다른 날짜로 다시 신청해 주세요."},
}
