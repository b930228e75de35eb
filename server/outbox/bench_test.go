package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freety/db"
	"freety/db/dbtest"
	"freety/routes/api"
)

// BenchmarkServers has 1, 4 and 16 servers work off the same backlog. It reports
// how many rows they do in a second, with how many UPDATEs a row, and how the
// speed of many compares with that of one.
func BenchmarkServers(b *testing.B) {
	const tasks, people = 1500, 500
	dsn := dbtest.DSN(b)
	for range b.N {
		speeds := map[int]float64{}
		for _, servers := range []int{1, 4, 16} {
			d := open(b, dsn)
			fill(b, d, tasks, people)
			updates := counter(b, d, "Com_update")
			took := workOff(b, dsn, servers, tasks)
			speeds[servers] = tasks / took.Seconds()
			b.ReportMetric(speeds[servers], fmt.Sprintf("rows/s-%d", servers))
			b.ReportMetric(float64(counter(b, d, "Com_update")-updates)/tasks, fmt.Sprintf("UPDATEs/row-%d", servers))
		}
		b.ReportMetric(speeds[4]/speeds[1], "speed-4:1")
		b.ReportMetric(speeds[16]/speeds[1], "speed-16:1")
	}
}

// open is a pool of its own, as each server has one.
func open(b *testing.B, dsn string) *db.DB {
	b.Helper()
	d, err := db.Open(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	d.SetMaxOpenConns(8)
	b.Cleanup(func() { _ = d.Close() })
	return d
}

func counter(b *testing.B, d *db.DB, name string) (n int) {
	b.Helper()
	if err := d.QueryRowContext(b.Context(), "SHOW GLOBAL STATUS LIKE '"+name+"'").Scan(&name, &n); err != nil {
		b.Fatal(err)
	}
	return n
}

// fill writes a backlog that has come up bit by bit, for people in turn.
func fill(b *testing.B, d *db.DB, tasks, people int) {
	b.Helper()
	begin := time.Now().UTC().Add(-time.Minute)
	for i := range people {
		if _, err := d.ExecContext(b.Context(), "INSERT IGNORE INTO accounts (id, role, name, birth_date, created_at) VALUES (?, 'model', '김민지', '2000-01-01', ?)", i+1, begin); err != nil {
			b.Fatal(err)
		}
	}
	for i := range tasks {
		if err := api.Enqueue(b.Context(), d, letter, fmt.Sprint(i), int64(1+i%people), begin.Add(time.Duration(i)*time.Millisecond)); err != nil {
			b.Fatal(err)
		}
	}
}

func workOff(b *testing.B, dsn string, servers, tasks int) time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var done atomic.Int64
	handle := func(context.Context, api.Task) error {
		time.Sleep(20 * time.Millisecond) // as a mail server takes
		if done.Add(1) == int64(tasks) {
			cancel()
		}
		return nil
	}
	workers := make([]*Worker, servers)
	for i := range workers {
		workers[i] = New(open(b, dsn), map[string]api.TaskHandler{letter: handle}, slog.New(slog.DiscardHandler))
	}
	b.StartTimer()
	begin := time.Now()
	var running sync.WaitGroup
	for _, w := range workers {
		running.Go(func() { w.Run(ctx) })
	}
	running.Wait()
	took := time.Since(begin)
	for _, w := range workers {
		_ = w.db.Close()
	}
	return took
}
