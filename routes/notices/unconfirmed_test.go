package notices

import (
	"sync"
	"sync/atomic"
	"testing"

	"freety/db"
	"freety/db/dbtest"
)

func TestTheLimitOfAnUnconfirmedAddressHoldsForManyServers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var allowed atomic.Int64
	var servers sync.WaitGroup
	for i := range 20 {
		address := []string{"minji@example.com", "Minji@Example.com", "minji+2@example.com"}[i%3]
		servers.Go(func() {
			var mayReceive bool
			err := d.InTx(t.Context(), func(tx *db.Tx) (err error) {
				mayReceive, err = countUnconfirmed(t.Context(), tx, address)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if mayReceive {
				allowed.Add(1)
			}
		})
	}
	servers.Wait()
	if allowed.Load() != mostUnconfirmed {
		t.Errorf("%d letters", allowed.Load())
	}
	err := d.InTx(t.Context(), func(tx *db.Tx) error {
		mayReceive, err := countUnconfirmed(t.Context(), tx, "minji@example.org")
		if !mayReceive {
			t.Error("another address has none left")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
