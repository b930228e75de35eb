package outbox

import (
	"strings"
	"testing"
	"time"
)

func TestTheBacklogIsWhatIsDueAndNotTaken(t *testing.T) {
	w := newWorld(t)
	want := func(tasks int, age time.Duration) {
		t.Helper()
		got, err := ReadBacklog(t.Context(), w.db)
		if err != nil || got.Tasks != tasks || (got.Age-age).Abs() > patience {
			t.Errorf("%+v, %v", got, err)
		}
	}
	want(0, 0)
	w.enqueueIn(time.Hour, letter, "later", 1)
	want(0, 0)
	w.enqueueIn(-2*time.Hour, letter, "a", 1)
	w.enqueueIn(-time.Hour, "of another release", "b", 0)
	want(2, 2*time.Hour)
	w.drain()
	want(1, time.Hour)
	for range 14 {
		w.exec("INSERT INTO outbox (kind, subject, due_at, created_at) SELECT kind, subject, due_at, created_at FROM outbox WHERE subject = 'b'")
	}
	want(mostCounted, time.Hour)
}

func TestTheBacklogIsReadFromAnIndex(t *testing.T) {
	w := newWorld(t)
	for range 50 {
		w.enqueue(letter, "a", 1)
	}
	rows, err := w.db.QueryContext(t.Context(), "EXPLAIN SELECT due_at FROM outbox WHERE due_at <= UTC_TIMESTAMP(6) ORDER BY due_at LIMIT 10000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan string
	for rows.Next() {
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values, targets := make([]*string, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		for _, value := range values {
			if value != nil {
				plan += *value + " | "
			}
		}
	}
	if err := rows.Err(); err != nil || !strings.Contains(plan, "outbox_due") || !strings.Contains(plan, "Using index") || strings.Contains(plan, "filesort") {
		t.Errorf("%s, %v", plan, err)
	}
}
