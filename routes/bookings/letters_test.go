package bookings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/notices"
	"freety/routes/routestest"

	sq "github.com/Masterminds/squirrel"
)

// postbox is a mailer that keeps what it is given, unless it is told to fail.
type postbox struct {
	mu      sync.Mutex
	letters []notices.Letter
	failure error
}

func (p *postbox) Send(_ context.Context, l notices.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	return p.failure
}

func letterTasks(t *testing.T, s *routestest.Server) []api.Task {
	t.Helper()
	tasks, err := db.Select[api.Task](t.Context(), s.DB, sq.Select(db.Columns[api.Task]()...).From("outbox").Where("account_id IS NOT NULL").OrderBy("id"))
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

func (p *postbox) deliver(t *testing.T, s *routestest.Server, task api.Task) error {
	t.Helper()
	return notices.Handlers(s.DB, p)[task.Kind](t.Context(), task)
}

func TestLettersOfOneKindThatComeTogetherAreOne(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	s.Confirm(stylist, model)
	r := open(t, stylist, 3)
	id(apply(model, r, 0, object{"message": "첫 번째예요"}))
	s.Deliver()
	leaver, second := s.Model(), s.Model()
	s.Confirm(second)
	id(apply(s.Model(), r, 1, object{"message": "기다려요"}))
	withdrawn := id(apply(leaver, r, 0, object{"message": "아니에요"}))
	leaver.Post(booking(withdrawn, "/withdraw"), nil).Want(200)
	id(apply(second, r, 2, object{"message": "세 번째예요"}))
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "모델님이 지원했어요: 컷 모델 외 1건", "모델님이 지원을 취소했어요: 컷 모델")
	text := letters[0].Text
	if !strings.Contains(text, "모델님의 메시지가 Freety에서 기다리고 있어요.") || !strings.Contains(text, "김model님의 메시지:\n> 세 번째예요") || strings.Contains(text, "아니에요") || strings.Contains(text, "첫 번째") {
		t.Error(text)
	}
	if n := s.Count("SELECT COUNT(*) FROM outbox WHERE account_id IS NOT NULL"); n != 0 {
		t.Errorf("%d tasks are left", n)
	}
}

func TestALetterListsTwentyEventsAndCountsTheOthers(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist, model := s.Stylist(), s.Model()
	id(apply(model, open(t, stylist, 1), 0))
	s.Exec("INSERT INTO notices (account_id, kind, facts, created_at) SELECT n.account_id, n.kind, n.facts, n.created_at FROM notices n, services a, services b LIMIT 24")
	s.Exec("INSERT INTO outbox (kind, subject, account_id, due_at, created_at) SELECT n.kind, n.id, n.account_id, n.created_at, n.created_at FROM notices n WHERE n.id > (SELECT MIN(o.subject) FROM outbox o WHERE o.account_id IS NOT NULL)")
	letters := s.Deliver()
	wantLetters(t, letters, stylist, "외 24건")
	if listed := strings.Count(letters[0].Text, "\n일시:"); listed != 20 || !strings.Contains(letters[0].Text, "그 밖에 5건이 더 있어요.") {
		t.Errorf("%d are listed: %s", listed, letters[0].Text)
	}
}

func TestTheNextLetterOfAKindWaitsAMinute(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 2)
	var p postbox
	id(apply(s.Model(), r, 0))
	first := letterTasks(t, s)[0]
	begin := time.Now()
	if err := p.deliver(t, s, first); err != nil {
		t.Fatal(err)
	}
	s.Exec("DELETE FROM outbox WHERE id = ?", first.ID)
	made := id(apply(s.Model(), r, 1))
	var notYet *api.NotYet
	if err := p.deliver(t, s, letterTasks(t, s)[0]); !errors.As(err, &notYet) || notYet.Before.Sub(begin) < 59*time.Second || time.Until(notYet.Before) > time.Minute {
		t.Errorf("%v", err)
	}
	// Another kind does not.
	stylist.Post(booking(made, "/accept"), nil).Want(200)
	for _, task := range letterTasks(t, s)[1:] {
		if err := p.deliver(t, s, task); err != nil {
			t.Errorf("%s: %v", task.Kind, err)
		}
	}
}

func TestALetterThatIsTriedAgainTellsTheSame(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 3)
	for slot := range 2 {
		id(apply(s.Model(), r, slot))
	}
	p := postbox{failure: errors.New("the line went dead after the letter")}
	task := letterTasks(t, s)[0]
	if err := p.deliver(t, s, task); !errors.Is(err, p.failure) {
		t.Fatal(err)
	}
	if tasks := letterTasks(t, s); len(tasks) != 1 || tasks[0].ID != task.ID {
		t.Errorf("left: %+v", tasks)
	}
	id(apply(s.Model(), r, 2))
	p.failure = nil
	if err := p.deliver(t, s, task); err != nil {
		t.Fatal(err)
	}
	if len(p.letters) != 2 || p.letters[0] != p.letters[1] || !strings.Contains(p.letters[0].Subject, "외 1건") {
		t.Errorf("%+v", p.letters)
	}
	if n := s.Count("SELECT letters FROM unconfirmed_letters"); n != 1 {
		t.Errorf("it counts as %d letters", n)
	}
}

func TestNoEventIsInTwoLetters(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	stylist := s.Stylist()
	r := open(t, stylist, 8)
	for slot := range r.slots {
		id(apply(s.Model(), r, slot))
	}
	// As if every task were in the hands of another server.
	var p postbox
	var all sync.WaitGroup
	for _, task := range letterTasks(t, s) {
		all.Go(func() { _ = p.deliver(t, s, task) })
	}
	all.Wait()
	told := 0
	for _, l := range p.letters {
		told += strings.Count(l.Text, "\n일시:")
	}
	if in := s.Count("SELECT COUNT(*) FROM notices WHERE letter_at IS NOT NULL"); told == 0 || told != in {
		t.Errorf("%d events in letters, %d are marked so", told, in)
	}
}

// A stranger can sign up with anybody's address, and fill in what they like.
func TestWhatSomebodyUnconfirmedWroteIsInNoLetter(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	const text = "evil.example"
	stylist, model := s.Stylist(), s.Model()
	s.Exec("UPDATE accounts SET name = ?", text)
	venue := object{"province": "서울특별시", "district": "강남구", "neighborhood": text, "detail": text}
	r := open(t, stylist, 5, object{"title": text, "body": text, "venue": venue})
	instant := open(t, stylist, 5, object{"title": text, "body": text, "venue": venue, "instantBook": true})
	message := object{"message": text}
	step := func(who routestest.Client, made int64, action string) {
		who.Post(booking(made, action), object{"reason": text}).Want(200)
	}
	var letters []notices.Letter
	deliver := func() {
		t.Helper()
		letters = append(letters, s.Deliver()...)
		s.Exec("DELETE FROM unconfirmed_letters") // the limit is another test's
	}
	made := id(apply(model, r, 0, message))
	deliver()
	step(model, made, "/withdraw")
	deliver()
	made = id(apply(model, r, 1, message))
	step(stylist, made, "/decline")
	deliver()
	made = id(apply(model, r, 2, message))
	step(stylist, made, "/accept")
	deliver()
	step(stylist, made, "/cancel")
	deliver()
	made = id(apply(model, instant, 0, message))
	deliver()
	id(apply(s.Model(), instant, 0, message, object{"waitlist": true}))
	deliver()
	step(model, made, "/cancel")
	deliver()
	kinds := map[string]bool{}
	for _, l := range letters {
		kinds[l.Subject] = true
		if strings.Contains(fmt.Sprint(l), text) {
			t.Errorf("%+v", l)
		}
	}
	if len(letters) < 10 || len(kinds) < 7 {
		t.Errorf("%d letters of %d kinds only", len(letters), len(kinds))
	}

	// The stylist's own words show once the stylist has confirmed; the model's do not.
	s.Confirm(stylist)
	s.Exec("UPDATE accounts SET name = '김하늘' WHERE id = ?", stylist.ID)
	id(apply(model, open(t, stylist, 1), 0, message))
	letters = s.Deliver()
	wantLetters(t, letters, stylist, "모델님이 지원했어요: 컷 모델")
	if strings.Contains(fmt.Sprint(letters), text) || letters[0].ToName != "김하늘" || !strings.HasPrefix(letters[0].Text, "김하늘님, 안녕하세요.") {
		t.Errorf("%+v", letters)
	}
}

func TestFiveLettersADayGoToAnUnconfirmedAddress(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	victim, attacker := s.Stylist(), s.Model()
	r := open(t, victim, 1)
	attack := func(times int) (letters int) {
		for range times {
			made := id(apply(attacker, r, 0))
			letters += len(s.Deliver())
			attacker.Post(booking(made, "/withdraw"), nil).Want(200)
			letters += len(s.Deliver())
		}
		return letters
	}
	if got := attack(10); got != 5 {
		t.Errorf("%d letters", got)
	}
	// In another account too, and on the next day again.
	s.Exec("UPDATE accounts SET email = NULL WHERE id = ?", victim.ID)
	again := s.Stylist()
	s.Exec("UPDATE accounts SET email = ? WHERE id = ?", strings.ToUpper(victim.Email), again.ID)
	r = open(t, again, 1)
	if got := attack(2); got != 0 {
		t.Errorf("%d letters by another account", got)
	}
	s.Exec("UPDATE unconfirmed_letters SET day = day - INTERVAL 1 DAY")
	if got := attack(4); got != 5 {
		t.Errorf("%d letters on the next day", got)
	}
	s.Confirm(again)
	if got := attack(4); got != 8 {
		t.Errorf("%d letters to a confirmed address", got)
	}
}
