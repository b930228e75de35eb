package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
	"freety/server/mail"
	"freety/server/photostore"

	sq "github.com/Masterminds/squirrel"
)

// mailbox is a Mailer that keeps what it gets, unless it is told to fail.
type mailbox struct {
	mu     sync.Mutex
	mails  []mail.Mail
	during func(ctx context.Context) error
}

func (b *mailbox) Send(ctx context.Context, m mail.Mail) error {
	if b.during != nil {
		if err := b.during(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, m)
	return nil
}

type world struct {
	*testing.T
	db      *db.DB
	worker  *Worker
	mailbox *mailbox
	store   *photostore.Disk
	log     *bytes.Buffer
}

const (
	stylistID = 1
	modelID   = 2
)

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := photostore.NewDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: dbtest.New(t), mailbox: &mailbox{}, store: store, log: &bytes.Buffer{}}
	w.worker = New(w.db, w.mailbox, store, slog.New(slog.NewTextHandler(w.log, nil)))
	const at = "'2026-11-01'"
	for _, statement := range []string{
		"INSERT INTO accounts (id, role, name, email, birth_date, language, created_at) VALUES (1, 'stylist', '박서준', 'seojun@example.com', '1990-01-01', 'ko', " + at + "), (2, 'model', 'Minji', 'minji@example.com', '2000-01-01', 'en', " + at + "), (3, 'model', '지나가던 사람', 'other@example.com', '2000-01-01', 'ko', " + at + ")",
		"INSERT INTO stylists (account_id) VALUES (1)",
		"INSERT INTO models (account_id, hair_history, districts) VALUES (2, '[]', '[]')",
		"INSERT INTO recruitments (id, stylist_id, state, title, body, services, fee, gender_wanted, province, district, zone, notice_hours, instant_book, published_at, created_at, updated_at) VALUES (1, 1, 'open', '레이어드컷 모델', '', 'cut', 5000, 'any', '서울특별시', '강남구', 'Asia/Seoul', 24, FALSE, " + at + ", " + at + ", " + at + ")",
		"INSERT INTO slots (id, recruitment_id, starts_at, ends_at, weekday, capacity) VALUES (1, 1, '2026-11-23 06:00', '2026-11-23 07:30', 1, 1)",
		`INSERT INTO bookings (id, recruitment_id, slot_id, stylist_id, model_id, state, message, agreed, created_at, updated_at) VALUES (1, 1, 1, 1, 2, 'applied', '잘 부탁드려요', '{"fee": 10000, "services": ["cut", "color"], "noticeHours": 24, "venue": {"province": "서울특별시", "district": "강남구", "neighborhood": "역삼동", "detail": "테헤란로 1, 3층", "lat": 37.5, "lng": 127, "zone": "Asia/Seoul"}}', ` + at + ", " + at + ")",
	} {
		w.exec(statement)
	}
	return w
}

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	if _, err := w.db.ExecContext(w.Context(), statement, args...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) enqueue(kind, subject string, account int64) {
	w.Helper()
	if err := api.Enqueue(w.Context(), w.db, kind, subject, account, time.Now()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) rows() []row {
	w.Helper()
	rows, err := db.Select[row](w.Context(), w.db, sq.Select(db.Columns[row]()...).From("outbox").OrderBy("id"))
	if err != nil {
		w.Fatal(err)
	}
	return rows
}

func (w *world) drain() {
	w.Helper()
	for w.worker.drain(w.Context()) {
	}
}

func (w *world) wantEmpty() {
	w.Helper()
	if rows := w.rows(); len(rows) > 0 {
		w.Errorf("left: %+v", rows)
	}
}

func TestMailsAreWrittenAndSent(t *testing.T) {
	w := newWorld(t)
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	w.drain()
	w.exec("UPDATE bookings SET state = 'confirmed'")
	w.enqueue(api.OutboxMail, "booking_confirmed:1", stylistID)
	w.enqueue(api.OutboxMail, "booking_confirmed:1", modelID)
	w.drain()
	w.exec("UPDATE bookings SET state = 'cancelled', cancelled_by = 'stylist', late = FALSE")
	w.enqueue(api.OutboxMail, "booking_cancelled:1", modelID)
	w.drain()
	w.wantEmpty()

	for i, want := range []struct{ to, subject, text, without string }{
		{"seojun@example.com", "[Freety] Minji님이 지원했어요: 레이어드컷 모델", "> 잘 부탁드려요", "테헤란로"},
		{"seojun@example.com", "[Freety] 예약이 확정되었어요: 2026년 11월 23일 (월) 오후 3:00", "가격: 10,000원\n장소: 서울특별시 강남구 역삼동 테헤란로 1, 3층", ""},
		{"minji@example.com", "[Freety] Your booking is confirmed: Mon 23 Nov 2026, 15:00 (KST)", "Services: Cut, Colour\nFee: ₩10,000\nWhere: 서울특별시 강남구 역삼동 테헤란로 1, 3층", ""},
		{"minji@example.com", "[Freety] A booking is cancelled: Mon 23 Nov 2026, 15:00 (KST)", "박서준 has cancelled your booking.", "테헤란로"},
	} {
		if len(w.mailbox.mails) <= i {
			t.Fatalf("%d mails", len(w.mailbox.mails))
		}
		slices.SortStableFunc(w.mailbox.mails[1:3], func(a, b mail.Mail) int { return strings.Compare(b.To, a.To) })
		got := w.mailbox.mails[i]
		if got.To != want.to || got.Subject != want.subject || !strings.Contains(got.Text, want.text) || (want.without != "" && strings.Contains(got.Text, want.without)) {
			t.Errorf("mail %d: %+v", i, got)
		}
	}
}

func TestMailsThatMakeNoSenseAreDropped(t *testing.T) {
	for name, c := range map[string]struct {
		prepare, subject string
		account          int64
	}{
		"confirmed no more":        {"UPDATE bookings SET state = 'withdrawn'", "booking_confirmed:1", modelID},
		"recipient without mail":   {"UPDATE accounts SET email = NULL WHERE id = 2", "booking_declined:1", modelID},
		"a stranger":               {"DO 0", "booking_applied:1", 3},
		"no recipient":             {"DO 0", "booking_applied:1", 0},
		"no such booking":          {"DO 0", "booking_applied:99", stylistID},
		"a subject without number": {"DO 0", "booking_applied", stylistID},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.exec(c.prepare)
			w.enqueue(api.OutboxMail, c.subject, c.account)
			w.drain()
			w.wantEmpty()
			if len(w.mailbox.mails) != 0 {
				t.Errorf("sent: %+v", w.mailbox.mails)
			}
		})
	}
}

func TestPhotosAreDeleted(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{"gone.jpg", "gone-thumb.jpg", "kept.jpg"} {
		if err := w.store.Put(t.Context(), key, "image/jpeg", strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	w.enqueue(api.OutboxDeletePhoto, "gone", 0)
	w.enqueue(api.OutboxDeletePhoto, "never-there", 0)
	if err := api.Enqueue(t.Context(), w.db, api.OutboxDeletePhoto, "kept", 0, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.drain()
	for key, want := range map[string]bool{"gone.jpg": false, "gone-thumb.jpg": false, "kept.jpg": true} {
		body, _, err := w.store.Get(t.Context(), key)
		if (err == nil) != want {
			t.Errorf("%s: %v", key, err)
		}
		if err == nil {
			_ = body.Close()
		}
	}
	if rows := w.rows(); len(rows) != 1 || rows[0].Subject != "kept" || rows[0].Attempts != 0 {
		t.Errorf("left: %+v", rows)
	}
}

func TestAFailureIsTriedAgainAndGivenUpInTheEnd(t *testing.T) {
	w := newWorld(t)
	w.mailbox.during = func(context.Context) error { return errors.New("the server is on holiday") }
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	var shift time.Duration
	w.worker.now = func() time.Time { return time.Now().Add(shift) }
	for try := 1; try < mostTries; try++ {
		w.drain()
		rows := w.rows()
		if len(rows) != 1 || rows[0].Attempts != try {
			t.Fatalf("after %d tries: %+v", try, rows)
		}
		wait := rows[0].DueAt.Sub(w.worker.now())
		if low, high := min(longestWait, firstWait<<(try-1)), longestWait*5/4; wait < low-10*time.Second || wait > high {
			t.Errorf("after %d tries it waits %s", try, wait)
		}
		shift += wait + time.Second
	}
	w.drain()
	w.wantEmpty()
	if !strings.Contains(w.log.String(), "level=ERROR") || !strings.Contains(w.log.String(), "given up") {
		t.Errorf("log: %s", w.log)
	}
	if strings.Contains(w.log.String(), "example.com") {
		t.Errorf("an address is in the log: %s", w.log)
	}
}

func TestWhatIsRefusedForGoodIsNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.mailbox.during = func(context.Context) error { return fmt.Errorf("%w: 550", mail.ErrRefused) }
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	w.drain()
	w.wantEmpty()
}

func TestWhatANewerServerMayKnowIsKept(t *testing.T) {
	w := newWorld(t)
	w.enqueue("carrier_pigeon", "17", 0)
	w.enqueue(api.OutboxMail, "booking_postponed:1", stylistID)
	w.drain()
	if rows := w.rows(); len(rows) != 2 || rows[0].Attempts != 1 || rows[1].Attempts != 1 {
		t.Errorf("left: %+v", rows)
	}
}

func TestTriesThatEndedWithTheProcessCount(t *testing.T) {
	w := newWorld(t)
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	w.exec("UPDATE outbox SET attempts = ?", mostTries)
	w.drain()
	w.wantEmpty()
	if len(w.mailbox.mails) != 0 {
		t.Error("it was done")
	}
}

func TestManyWorkersSendEachMailOnce(t *testing.T) {
	w := newWorld(t)
	const mails = 60
	for range mails {
		w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	}
	var workers sync.WaitGroup
	for range 4 {
		worker := New(w.db, w.mailbox, w.store, slog.New(slog.DiscardHandler))
		workers.Go(func() {
			for worker.drain(t.Context()) {
			}
		})
	}
	workers.Wait()
	w.wantEmpty()
	ids := map[string]bool{}
	for _, m := range w.mailbox.mails {
		ids[m.ID] = true
	}
	if len(w.mailbox.mails) != mails || len(ids) != mails {
		t.Errorf("%d mails with %d ids", len(w.mailbox.mails), len(ids))
	}
}

func TestAMailThatIsSentAgainHasTheSameID(t *testing.T) {
	w := newWorld(t)
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	before := w.rows()[0]
	w.drain()
	// As if the server had been killed between the sending and the deletion.
	w.exec("INSERT INTO outbox (id, kind, subject, account_id, due_at, attempts, created_at) VALUES (?, ?, ?, ?, ?, 1, ?)",
		before.ID, before.Kind, before.Subject, before.AccountID, before.DueAt, before.CreatedAt)
	w.drain()
	if len(w.mailbox.mails) != 2 || w.mailbox.mails[0].ID != w.mailbox.mails[1].ID {
		t.Errorf("%+v", w.mailbox.mails)
	}
}

func TestRunFinishesWhatItHasInHand(t *testing.T) {
	w := newWorld(t)
	inHand := make(chan struct{})
	w.mailbox.during = func(ctx context.Context) error {
		close(inHand)
		time.Sleep(100 * time.Millisecond)
		return ctx.Err()
	}
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		w.worker.Run(ctx)
		close(done)
	}()
	<-inHand
	cancel()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
	if rows := w.rows(); len(rows) != 1 || rows[0].Attempts != 0 || len(w.mailbox.mails) != 1 {
		t.Errorf("%d mails, left: %+v", len(w.mailbox.mails), rows)
	}
}

func TestRunFindsWhatComesLater(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	sent := make(chan struct{})
	w.mailbox.during = func(context.Context) error { close(sent); return nil }
	done := make(chan struct{})
	go func() {
		w.worker.Run(ctx)
		close(done)
	}()
	time.Sleep(50 * time.Millisecond)
	w.enqueue(api.OutboxMail, "booking_applied:1", stylistID)
	select {
	case <-sent:
	case <-ctx.Done():
		t.Error("it was not found")
	}
	cancel()
	<-done
}

func TestADatabaseThatIsAwayIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	w.exec("RENAME TABLE outbox TO outbox_away")
	for range 3 {
		if w.worker.drain(t.Context()) {
			t.Error("there is more")
		}
	}
	w.exec("RENAME TABLE outbox_away TO outbox")
	w.drain()
	if got := strings.Count(w.log.String(), "cannot be read"); got != 1 {
		t.Errorf("reported %d times", got)
	}
}

func TestTidy(t *testing.T) {
	w := newWorld(t)
	now := time.Now().UTC()
	const day = 24 * time.Hour
	for i, age := range []time.Duration{23 * time.Hour, 25 * time.Hour} {
		w.exec("INSERT INTO idempotency_keys (account_id, route, claim, body_hash, created_at) VALUES (1, 'POST /', ?, ?, ?)", fmt.Sprint(i), strings.Repeat("h", 32), now.Add(-age))
	}
	session := func(id int, expires, ended time.Duration) {
		var at *time.Time
		if ended != 0 {
			then := now.Add(-ended)
			at = &then
		}
		w.exec("INSERT INTO sessions (id, account_id, user_agent, created_at, last_used_at, expires_at, ended_at) VALUES (?, 1, '', ?, ?, ?, ?)", id, now, now, now.Add(-expires), at)
	}
	token := func(name string, session int, used time.Duration) {
		var at *time.Time
		if used != 0 {
			then := now.Add(-used)
			at = &then
		}
		w.exec("INSERT INTO refresh_tokens (token_hash, session_id, created_at, used_at) VALUES (?, ?, ?, ?)", name+strings.Repeat("\xff", 32-len(name)), session, now, at)
	}
	session(1, -day, 0)
	session(2, 29*day, 0)
	session(3, 31*day, 0)
	session(4, -day, 29*day)
	session(5, -day, 31*day)
	token("a", 1, 0)
	token("b", 1, 29*day)
	token("c", 1, 31*day)
	token("d", 3, 0)
	token("e", 5, 0)
	// More than one batch.
	old := sq.Insert("refresh_tokens").Columns("token_hash", "session_id", "created_at", "used_at")
	for i := range tidyBatch + 1 {
		old = old.Values(fmt.Sprintf("%032d", i), 1, now, now.Add(-40*day))
	}
	if _, err := db.Exec(t.Context(), w.db, old); err != nil {
		t.Fatal(err)
	}

	w.worker.tidy(t.Context())
	for query, want := range map[string]string{
		"SELECT GROUP_CONCAT(claim ORDER BY claim) FROM idempotency_keys":                             "0",
		"SELECT GROUP_CONCAT(id ORDER BY id) FROM sessions":                                           "1,2,4",
		"SELECT GROUP_CONCAT(CHAR(ASCII(token_hash)) ORDER BY ASCII(token_hash)) FROM refresh_tokens": "a,b",
	} {
		var got string
		if err := w.db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s instead of %s, %v", query, got, want, err)
		}
	}
}

func TestPhotoNamesStayOutOfTheLog(t *testing.T) {
	w := newWorld(t)
	w.enqueue(api.OutboxDeletePhoto, "S3CRET", 0) // no valid key
	w.drain()
	if strings.Contains(w.log.String(), "S3CRET") || !strings.Contains(w.log.String(), "failed") {
		t.Errorf("log: %s", w.log)
	}
}
