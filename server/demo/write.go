package demo

import (
	"context"
	"fmt"
	"strings"

	"freety/db"
	"freety/routes/bookings"
	"freety/routes/catalogue"

	sq "github.com/Masterminds/squirrel"
)

// rowsPerStatement keeps a statement within a megabyte, which is less than any
// server's max_allowed_packet, and its parameters within 65,535.
const rowsPerStatement = 500

// Insert writes the data in the caller's transaction. Everybody gets the
// password whose bcrypt hash is given.
func (d *Data) Insert(ctx context.Context, tx *db.Tx, passwordHash string) error {
	w, err := newWriter(ctx, tx)
	if err != nil {
		return err
	}
	accounts := insert(w, "accounts", "role, name, email, email_verified, password_hash, birth_date, created_at", d.accounts, func(a *account) []any {
		return []any{a.role, a.name, a.email, true, passwordHash, a.born, a.created}
	})
	insert(w, "stylists", "account_id, affiliation, affiliation_name, experience_months, status_message, career, services, province, district", d.stylists, func(s *stylist) []any {
		return []any{accounts.of(s.account), s.affiliation, s.affiliationName, s.months, s.status, s.career, db.List[catalogue.Service](s.services), s.venue.Province, s.venue.District}
	})
	insert(w, "models", "account_id, gender, hair_length, hair_history, wanted_services, districts, status_message, discoverable", d.models, func(m *model) []any {
		return []any{
			accounts.of(m.account), m.gender, m.hairLength, db.JSON[[]string]{V: m.history}, db.List[catalogue.Service](m.wanted),
			db.JSON[[]string]{V: m.districts}, m.status, m.discoverable,
		}
	})
	photos := insert(w, "photos", "owner_id, name, width, height, blurhash, created_at", d.photos, func(p *photo) []any {
		return []any{accounts.of(p.owner), p.name, p.picture.Width, p.picture.Height, p.picture.Blurhash, p.created}
	})
	for i, a := range d.accounts {
		if a.avatar >= 0 {
			w.exec("UPDATE accounts SET avatar_photo_id = ? WHERE id = ?", photos.of(a.avatar), accounts.of(i))
		}
	}
	d.insertRecruitments(w, accounts, photos)
	return w.err
}

func (d *Data) insertRecruitments(w *writer, accounts, photos ids) {
	written := insert(w, "recruitments", "stylist_id, state, title, body, services, fee, gender_wanted, hair_lengths_wanted, province, district, neighborhood, venue_detail, "+
		"lat, lng, public_lat, public_lng, zone, notice_hours, instant_book, cover_photo_id, photo_count, favorite_count, booking_count, "+
		"last_slot_at, published_at, created_at, updated_at", d.recruitments, func(r *recruitment) []any {
		public := r.venue.Public()
		var cover, last, published any
		if len(r.photos) > 0 {
			cover = photos.of(r.photos[0])
		}
		for _, s := range r.slots {
			last = d.slots[s].starts // they are in order
		}
		updated := r.created
		if !r.published.IsZero() {
			published, updated = r.published, r.published
		}
		return []any{
			accounts.of(d.stylists[r.stylist].account), r.state, r.title, r.body, db.List[catalogue.Service](r.services), r.fee, r.gender, db.List[string](r.hairLengths),
			r.venue.Province, r.venue.District, r.venue.Neighborhood, r.venue.Detail,
			r.venue.Lat, r.venue.Lng, public.Lat, public.Lng, r.venue.Zone, r.noticeHours, r.instantBook, cover, len(r.photos), r.favorites, r.bookings,
			last, published, r.created, updated,
		}
	})

	type pair struct {
		recruitment int
		service     catalogue.Service
		photo       int
		position    int
	}
	var services, gallery []pair
	for i := range d.recruitments {
		for _, service := range d.recruitments[i].services {
			services = append(services, pair{recruitment: i, service: service})
		}
		for n, p := range d.recruitments[i].photos {
			gallery = append(gallery, pair{recruitment: i, photo: p, position: n + 1})
		}
	}
	insert(w, "recruitment_services", "recruitment_id, service", services, func(p *pair) []any {
		return []any{written.of(p.recruitment), p.service}
	})
	insert(w, "recruitment_photos", "recruitment_id, photo_id, position", gallery, func(p *pair) []any {
		return []any{written.of(p.recruitment), photos.of(p.photo), p.position}
	})
	slots := insert(w, "slots", "recruitment_id, starts_at, ends_at, weekday, capacity, taken", d.slots, func(s *slot) []any {
		return []any{written.of(s.recruitment), s.starts, s.ends, s.starts.In(zone).Weekday(), s.capacity, s.taken}
	})
	insert(w, "favorites", "model_id, recruitment_id, created_at", d.favorites, func(f *favorite) []any {
		return []any{accounts.of(d.models[f.model].account), written.of(f.recruitment), f.created}
	})
	d.insertBookings(w, accounts, written, slots)
}

func (d *Data) insertBookings(w *writer, accounts, recruitments, slots ids) {
	stylistOf := func(b *booking) int {
		return d.stylists[d.recruitments[d.slots[b.slot].recruitment].stylist].account
	}
	modelOf := func(b *booking) int { return d.models[b.model].account }
	written := insert(w, "bookings", "recruitment_id, slot_id, stylist_id, model_id, state, message, agreed, expires_at, cancelled_by, late, no_show_by, created_at, updated_at",
		d.bookings, func(b *booking) []any {
			n := d.slots[b.slot].recruitment
			r := &d.recruitments[n]
			agreed := bookings.Agreed{Fee: r.fee, Services: r.services, Venue: r.venue, NoticeHours: r.noticeHours}
			return []any{
				recruitments.of(n), slots.of(b.slot), accounts.of(stylistOf(b)), accounts.of(modelOf(b)), b.state, b.message, db.JSON[bookings.Agreed]{V: agreed},
				b.expires, b.cancelledBy, b.late, b.noShowBy, b.created, b.updated,
			}
		})
	insert(w, "booking_events", "booking_id, state, actor_role, actor_id, reason, created_at", d.events, func(e *event) []any {
		var actor any
		switch b := &d.bookings[e.booking]; e.by {
		case byStylist:
			actor = accounts.of(stylistOf(b))
		case byModel:
			actor = accounts.of(modelOf(b))
		}
		return []any{written.of(e.booking), e.state, e.by, actor, e.reason, e.at}
	})
}

// writer runs statements until one fails, and keeps that error.
type writer struct {
	ctx  context.Context
	tx   *db.Tx
	step int64 // between the ids of one statement; more than one on a cluster
	err  error
}

func newWriter(ctx context.Context, tx *db.Tx) (*writer, error) {
	increment, err := db.Get[struct{ Step int64 }](ctx, tx, sq.Expr("SELECT @@auto_increment_increment AS step"))
	return &writer{ctx: ctx, tx: tx, step: increment.Step}, err
}

func (w *writer) exec(statement string, args ...any) (firstID int64) {
	if w.err != nil {
		return 0
	}
	firstID, w.err = db.Insert(w.ctx, w.tx, sq.Expr(statement, args...))
	return firstID
}

// ids are the ids of the rows of one table, in their order.
type ids struct {
	firsts []int64 // of each statement
	step   int64
}

func (i ids) of(n int) int64 {
	if n/rowsPerStatement >= len(i.firsts) {
		return 0 // a statement has failed, and nothing more is written
	}
	return i.firsts[n/rowsPerStatement] + int64(n%rowsPerStatement)*i.step
}

// insert writes the rows with few statements. The server gives the rows of one
// statement successive ids, even while others insert.
func insert[T any](w *writer, table, columns string, rows []T, values func(*T) []any) ids {
	written := ids{step: w.step}
	row := "(" + strings.Repeat("?, ", strings.Count(columns, ",")) + "?)"
	var args []any
	for from := 0; from < len(rows) && w.err == nil; from += rowsPerStatement {
		chunk := rows[from:min(from+rowsPerStatement, len(rows))]
		args = args[:0]
		for i := range chunk {
			args = append(args, values(&chunk[i])...)
		}
		id := w.exec("INSERT INTO "+table+" ("+columns+") VALUES "+strings.Repeat(row+", ", len(chunk)-1)+row, args...)
		if w.err != nil {
			w.err = fmt.Errorf("demo: insert into %s: %w", table, w.err)
		}
		written.firsts = append(written.firsts, id)
	}
	return written
}
