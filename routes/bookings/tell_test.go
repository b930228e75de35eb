package bookings_test

import (
	"os"
	"strings"
	"testing"

	"freety/routes/notices"
	"freety/routes/routestest"
)

// subjects are those of the letters to a person, in their order.
func subjects(letters []notices.Letter, to routestest.Client) (all []string) {
	for _, l := range letters {
		if l.To == to.Email {
			all = append(all, l.Subject)
		}
	}
	return all
}

func wantLetters(t *testing.T, letters []notices.Letter, to routestest.Client, subjectsHold ...string) {
	t.Helper()
	got := subjects(letters, to)
	if len(got) != len(subjectsHold) {
		t.Errorf("%s gets %q, want %q", to.Email, got, subjectsHold)
		return
	}
	for i, want := range subjectsHold {
		if !strings.Contains(got[i], want) {
			t.Errorf("%s gets %q, want %q", to.Email, got, subjectsHold)
		}
	}
}

func TestEachStepTellsWhoDidNotTakeIt(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	s.Confirm(stylist, model)
	r := open(t, stylist, 3)
	id(apply(model, r, 0))
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "지원했어요: 컷 모델")
	wantLetters(t, letters, model)
	if !strings.Contains(letters[0].Text, "김model님의 메시지:\n> 안녕하세요\n") || strings.Contains(letters[0].Text, "테헤란로") {
		t.Errorf("%s", letters[0].Text)
	}
	made := id(apply(s.Model(), r, 1))
	s.Deliver()
	stylist.Post(booking(made, "/decline"), object{"reason": "일정이 꽉 찼어요"}).Want(200)
	letters = s.Deliver()
	wantLetters(t, letters, stylist)
	if len(letters) != 1 || !strings.Contains(letters[0].Text, "> 일정이 꽉 찼어요") {
		t.Errorf("%+v", letters)
	}
}

func TestAnApplicationThatIsAcceptedAtOnceAsksNobodyToAcceptIt(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	s.Confirm(stylist, model)
	made := id(apply(model, open(t, stylist, 1), 0))
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "예약이 확정되었어요")
	wantLetters(t, letters, model, "예약이 확정되었어요")
	for _, l := range letters {
		if !strings.Contains(l.Text, "장소: 서울특별시 강남구 테헤란로 123\n") || strings.Contains(l.Text, "수락하거나") {
			t.Errorf("%s", l.Text)
		}
	}
}

func TestAReasonIsInTheLetterToTheOtherPartyOnly(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	s.Confirm(stylist, model)
	made := id(apply(model, open(t, stylist, 1), 0))
	stylist.Post(booking(made, "/accept"), object{"reason": "그날 봬요"}).Want(200)
	for _, l := range s.Deliver() {
		if strings.Contains(l.Text, "그날 봬요") != (l.To == model.Email) {
			t.Errorf("to %s: %s", l.To, l.Text)
		}
		// The stylist has had no other letter with what the model wrote.
		if strings.Contains(l.Text, "> 안녕하세요") != (l.To == stylist.Email) {
			t.Errorf("to %s: %s", l.To, l.Text)
		}
	}
}

func TestWhoeverJoinsTheWaitlistIsToldSoAndTheStylistOfWhom(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, waiting := s.Stylist(), s.Model()
	s.Confirm(stylist, waiting)
	r := open(t, stylist, 1, object{"instantBook": true})
	id(apply(s.Model(), r, 0))
	s.Deliver()
	id(apply(waiting, r, 0, object{"waitlist": true}))
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "김model님이 대기를 신청했어요")
	wantLetters(t, letters, waiting, "[Freety] 대기를 신청했어요")
	for _, l := range letters {
		if toModel := l.To == waiting.Email; strings.Contains(l.Text, "자리가 나면 알려 드릴게요") != toModel {
			t.Errorf("to %s: %s", l.To, l.Text)
		}
	}
}

func TestTheReasonOfACancellationReachesTheOtherPartyAndTheBooking(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	s.Confirm(stylist, model)
	made := id(apply(model, open(t, stylist, 1, object{"instantBook": true}), 0))
	s.Deliver()
	cancelled := model.Post(booking(made, "/cancel"), object{"reason": "갑자기 출근하게 되었어요"}).Want(200).JSON()
	for _, got := range []object{cancelled, stylist.Get(booking(made, "")).JSON()} {
		if got["reason"] != "갑자기 출근하게 되었어요" {
			t.Errorf("%v", got)
		}
	}
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "예약이 취소되었어요")
	wantLetters(t, letters, model)
	if l := letters[0]; !strings.Contains(l.Text, "김model님이 남긴 말:\n> 갑자기 출근하게 되었어요\n") || !strings.Contains(l.HTML, "갑자기 출근하게 되었어요</blockquote>") {
		t.Errorf("%s\n%s", l.Text, l.HTML)
	}
}

func TestNoLetterHasTheAddressOfABookingThatIsNoLongerConfirmed(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	s.Confirm(stylist, model)
	made := id(apply(model, open(t, stylist, 1, object{"instantBook": true}), 0))
	stylist.Post(booking(made, "/cancel"), nil).Want(200)
	letters := s.Deliver()
	wantLetters(t, letters, model, "예약이 취소되었어요")
	wantLetters(t, letters, stylist)
	if strings.Contains(letters[0].Text+letters[0].HTML, "테헤란로") {
		t.Errorf("%s", letters[0].Text)
	}
	if n := s.Count("SELECT COUNT(*) FROM notices WHERE facts LIKE '%테헤란로%'"); n != 0 {
		t.Errorf("%d notices keep the address", n)
	}
}

// Before there were notices, a task named the template and the booking.
func TestLettersThatWaitWhileTheServerIsReplacedAreSent(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model, waiting := s.Stylist(), s.Model(), s.Model()
	s.Confirm(stylist, model, waiting)
	r := open(t, stylist, 2)
	made := id(apply(model, r, 0))
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	id(apply(waiting, r, 0, object{"waitlist": true}))
	id(apply(s.Model(), r, 1))
	s.Exec("UPDATE outbox o JOIN notices n ON n.id = o.subject SET o.kind = 'mail', o.subject = CONCAT(REPLACE(n.kind, 'waitlisted', 'applied'), ':', JSON_EXTRACT(n.facts, '$.id')) WHERE o.account_id IS NOT NULL")
	s.Exec("DELETE FROM outbox WHERE kind = 'mail' AND account_id = ?", waiting.ID)
	s.Exec("DELETE FROM notices")
	for _, file := range []string{"00025_notices_of_waiting_letters.sql", "00026_outbox_of_waiting_letters.sql", "00025_notices_of_waiting_letters.sql"} {
		statement, err := os.ReadFile("../../db/migrations/" + file)
		if err != nil {
			t.Fatal(err)
		}
		s.Exec(string(statement))
	}
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "예약이 확정되었어요", "김model님이 대기를 신청했어요", "모델님이 지원했어요")
	wantLetters(t, letters, model, "예약이 확정되었어요")
	for _, l := range letters {
		if !strings.Contains(l.Text, " 오후 12:00 ~ 오후 2:00\n시술: 커트\n가격: 5,000원") {
			t.Errorf("%s", l.Text)
		}
	}
}
