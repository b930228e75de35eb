package demo

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/catalogue"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/sync/errgroup"
)

const (
	nameLength = 26 // of the names that uploads get
	storing    = 16 // photos on their way to the store at once
	// storeGrace is how long photos may be stored without a row that refers to
	// them, before the outbox deletes them.
	storeGrace = time.Hour
)

// addPhotos gives every photo a name of its own, since a photo is deleted by
// its name.
func (d *Data) addPhotos(r dice, p Plan) {
	if len(p.Pictures) == 0 {
		return
	}
	for i := range d.recruitments {
		rec := &d.recruitments[i]
		fitting := p.picturesOf(func(shown *Picture) bool {
			return !shown.face && shown.male == (rec.gender == male) && slices.ContainsFunc(rec.services, func(s catalogue.Service) bool { return slices.Contains(shown.suits, s) })
		})
		count := []int{0, 1, 2, 3}[r.weighted(12, 52, 26, 10)]
		if i < firstOnes {
			count = max(count, 1)
		}
		r.ShuffleAnySlice(fitting)
		for _, shown := range fitting[:min(count, len(fitting))] {
			rec.photos = append(rec.photos, d.addPhoto(p, shown, d.stylists[rec.stylist].account, rec.created))
		}
	}
	for i := range d.stylists {
		if i == 0 || r.chance(80) {
			d.addAvatar(r, p, d.stylists[i].account, r.chance(25))
		}
	}
	for i := range d.models {
		if i == 0 || r.chance(35) {
			d.addAvatar(r, p, d.models[i].account, d.models[i].gender == male)
		}
	}
}

func (d *Data) addAvatar(r dice, p Plan, account int, isMale bool) {
	faces := p.picturesOf(func(shown *Picture) bool { return shown.face && shown.male == isMale })
	d.accounts[account].avatar = d.addPhoto(p, pick(r, faces), account, d.accounts[account].created)
}

func (p *Plan) picturesOf(fits func(*Picture) bool) (found []*Picture) {
	for i := range p.Pictures {
		if fits(&p.Pictures[i]) {
			found = append(found, &p.Pictures[i])
		}
	}
	return found
}

func (d *Data) addPhoto(p Plan, shown *Picture, owner int, created time.Time) int {
	// The name depends on the picture too: caches keep a picture for good, so its name must never mean another one.
	sum := sha256.Sum256([]byte(p.Salt + strconv.Itoa(len(d.photos)) + string(shown.digest[:])))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:nameLength]
	d.photos = append(d.photos, photo{owner: owner, picture: shown, name: name, created: created})
	return len(d.photos) - 1
}

// storePhotos writes the pictures of the photos to the store. The outbox deletes
// them after a while, unless keepPhotos is called.
func (d *Data) storePhotos(ctx context.Context, on *db.DB, store photos.Store) error {
	err := on.InTx(ctx, func(tx *db.Tx) error {
		for _, p := range d.photos {
			if err := api.Enqueue(ctx, tx, photos.DeleteTask, p.name, 0, time.Now().Add(storeGrace)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(storing)
	for _, p := range d.photos {
		group.Go(func() error { return photos.Put(ctx, store, p.name, &p.picture.Processed) })
	}
	return group.Wait()
}

// keepPhotos makes the outbox leave the photos in the store, in the transaction
// that writes their rows.
func (d *Data) keepPhotos(ctx context.Context, tx *db.Tx) error {
	names := make([]string, len(d.photos))
	for i, p := range d.photos {
		names[i] = p.name
	}
	kept, err := db.Exec(ctx, tx, sq.Delete("outbox").Where(sq.Eq{"kind": photos.DeleteTask, "subject": names}))
	if err == nil && kept < int64(len(names)) {
		err = fmt.Errorf("%w: photos were deleted before they were kept", api.ErrUnavailable)
	}
	return err
}

// discardPhotos removes all photos, in the transaction that removes the rows that
// show them.
func (m *Demo) discardPhotos(ctx context.Context, tx *db.Tx) error {
	rows, err := db.Select[struct{ ID int64 }](ctx, tx, sq.Select("id").From("photos"))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(rows, rowsPerStatement) {
		ids := make([]int64, len(some))
		for i, p := range some {
			ids[i] = p.ID
		}
		if err := photos.Discard(ctx, tx, ids); err != nil {
			return err
		}
	}
	return nil
}
