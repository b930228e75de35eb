package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"image"
	"image/png"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"freety/routes/catalogue"
	"freety/routes/photos"

	"golang.org/x/sync/errgroup"
)

// Picture is a drawing as a photo is stored: hair seen from behind, for
// recruitments, or a face, for people.
type Picture struct {
	photos.Processed
	look   look
	digest [sha256.Size]byte
}

// pictureSeed is not the plan's: the pictures are the same in all demo data.
const pictureSeed = 20

// Pictures draws them all.
func Pictures(ctx context.Context) ([]Picture, error) {
	return drawn(ctx, looks(newDice(pictureSeed, pictureStream)))
}

func drawn(ctx context.Context, all []look) ([]Picture, error) {
	pictures := make([]Picture, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, l := range all {
		group.Go(func() error {
			processed, err := process(ctx, l.draw(newDice(pictureSeed, uint64(i))))
			if err != nil {
				return err
			}
			pictures[i] = Picture{Processed: *processed, look: l, digest: sha256.Sum256(processed.Main)}
			return nil
		})
	}
	return pictures, group.Wait()
}

// process takes the way of every photo that is uploaded.
func process(ctx context.Context, drawn image.Image) (*photos.Processed, error) {
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&file, drawn); err != nil {
		return nil, err
	}
	return photos.Process(ctx, bytes.NewReader(file.Bytes()))
}

// addPhotos gives every photo a name of its own, since a photo is deleted by
// its name.
func (d *Data) addPhotos(r dice, p Plan) {
	if len(p.Pictures) == 0 {
		return
	}
	for i := range d.recruitments {
		rec := &d.recruitments[i]
		fitting := p.picturesOf(func(l *look) bool {
			return !l.face && l.male == (rec.gender == male) && slices.ContainsFunc(rec.services, func(s catalogue.Service) bool { return slices.Contains(l.suits, s) })
		})
		count := []int{0, 1, 2, 3}[r.weighted(12, 52, 26, 10)]
		if i < firstOnes {
			count = max(count, 1)
		}
		r.ShuffleAnySlice(fitting)
		for _, picture := range fitting[:min(count, len(fitting))] {
			rec.photos = append(rec.photos, d.addPhoto(p, picture, d.stylists[rec.stylist].account))
			d.photos[len(d.photos)-1].created = rec.created
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
	faces := p.picturesOf(func(l *look) bool { return l.face && l.male == isMale })
	d.accounts[account].avatar = d.addPhoto(p, pick(r, faces), account)
	d.photos[len(d.photos)-1].created = d.accounts[account].created
}

func (p *Plan) picturesOf(fits func(*look) bool) (found []int) {
	for i := range p.Pictures {
		if fits(&p.Pictures[i].look) {
			found = append(found, i)
		}
	}
	return found
}

// nameLength is that of the names that uploads get.
const nameLength = 26

func (d *Data) addPhoto(p Plan, picture, owner int) int {
	shown := &p.Pictures[picture]
	// Made of the picture too, since a name never stands for another picture: caches keep it for good.
	sum := sha256.Sum256([]byte(p.Salt + strconv.Itoa(len(d.photos)) + string(shown.digest[:])))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:nameLength]
	d.photos = append(d.photos, photo{owner: owner, picture: shown, name: name})
	return len(d.photos) - 1
}

// storing is how many photos are on their way to the store at once.
const storing = 16

// storePhotos writes what the photos show to the store; again, when an earlier
// server was stopped half-way.
func (d *Data) storePhotos(ctx context.Context, store photos.Store) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(storing)
	for _, p := range d.photos {
		for key, picture := range map[string][]byte{p.name + ".jpg": p.picture.Main, p.name + "-thumb.jpg": p.picture.Thumbnail} {
			group.Go(func() error {
				return store.Put(ctx, key, "image/jpeg", bytes.NewReader(picture), int64(len(picture)))
			})
		}
	}
	return group.Wait()
}
