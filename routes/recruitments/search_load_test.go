package recruitments_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"freety/routes/api"
	"freety/routes/routestest"
)

func TestSearchesThatHangKeepNobodyElseWaiting(t *testing.T) {
	t.Parallel()
	s := routestest.New(t)
	model := s.Model()
	conn, err := s.DB.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), "LOCK TABLES slots WRITE"); err != nil {
		t.Fatal(err)
	}
	var searches sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for range 40 {
		searches.Go(func() {
			answer := s.Anyone().Get("/v1/recruitments")
			mu.Lock()
			defer mu.Unlock()
			codes[routestest.Into[api.Problem](answer).Code]++
		})
	}
	const waiting = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND STATE LIKE 'Waiting for table%'"
	for begin := time.Now(); s.Count(waiting) == 0; time.Sleep(time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatal("no search waits")
		}
	}
	for _, path := range []string{"/v1/me", "/readyz"} {
		begin := time.Now()
		model.Get(path).Want(http.StatusOK)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s waited %s for the searches", path, took)
		}
	}
	searches.Wait()
	if codes["search_too_slow"] == 0 || codes["search_too_slow"]+codes["unavailable"] != 40 {
		t.Errorf("the searches were answered %v", codes)
	}
	if _, err := conn.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	s.Anyone().Get("/v1/recruitments").Want(http.StatusOK)
}
