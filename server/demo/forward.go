package demo

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/routes/bookings"

	sq "github.com/Masterminds/squirrel"
)

const week = 7 * 24 * time.Hour

// forward moves the slots of the demo's open recruitments by whole weeks, when
// all have passed. A slot that somebody has booked stays where it was, as the
// booking's history, and a new one stands for it on the later date.
func forward(ctx context.Context, d *db.DB, now time.Time, log *slog.Logger) error {
	now = now.UTC()
	old, err := passed(ctx, d, now)
	if err != nil || !old {
		return wrap(err)
	}
	err = d.InTx(ctx, func(tx *db.Tx) error {
		// The write, which every server does first, lets only one of them through at a time, on a cluster too.
		demo, err := db.Exec(ctx, tx, sq.Update("accounts").Set("agenda_version", sq.Expr("agenda_version + 1")).Where(sq.Eq{"email": StylistEmail}))
		if err != nil || demo == 0 {
			return err
		}
		if old, err := passed(ctx, tx, now); err != nil || !old {
			return err
		}
		m, err := newMove(ctx, tx, now)
		if err != nil {
			return err
		}
		if err := m.settle(); err != nil {
			return err
		}
		slots, err := m.slots()
		if err != nil {
			return err
		}
		log.Info("the demo's slots have passed and are moved forward", "slots", slots, "weeks", int(m.by/week))
		return nil
	})
	return wrap(err)
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("demo: move the slots forward: %w", err)
	}
	return nil
}

// ours are the open recruitments of demo accounts. Only where the clocks are
// never changed do whole weeks keep the hour.
func ours(columns ...string) sq.SelectBuilder {
	return sq.Select(columns...).From("recruitments r").Join("accounts a ON a.id = r.stylist_id").
		Where(sq.Or{sq.Eq{"a.email": StylistEmail}, sq.Like{"a.email": "%@" + domain}}).
		Where(sq.Eq{"r.state": "open", "r.zone": api.DefaultZone}).Where("r.last_slot_at IS NOT NULL")
}

// passed says whether there are slots of the demo, and none is to come.
func passed(ctx context.Context, on db.Queryer, now time.Time) (bool, error) {
	last, err := db.Get[struct{ At *time.Time }](ctx, on, ours("MAX(r.last_slot_at) AS at"))
	return last.At != nil && !last.At.After(now), err
}

// move is one move forward.
type move struct {
	ctx          context.Context
	tx           *db.Tx
	now          time.Time
	by           time.Duration
	recruitments []int64
}

func newMove(ctx context.Context, tx *db.Tx, now time.Time) (*move, error) {
	m := &move{ctx: ctx, tx: tx, now: now}
	found, err := db.Select[struct {
		ID int64
		At time.Time
	}](ctx, tx, ours("r.id", "r.last_slot_at AS at").OrderBy("r.id"))
	var last time.Time
	for _, r := range found {
		m.recruitments = append(m.recruitments, r.ID)
		if r.At.After(last) {
			last = r.At
		}
	}
	// As far ahead as they were in new data.
	m.by = now.Add(ahead * 24 * time.Hour).Sub(last).Truncate(week)
	return m, err
}

// settle ends the bookings whose slots have passed, as time would have done had
// the server run: whoever was confirmed came, the others were not answered.
func (m *move) settle() error {
	waiting, err := db.Select[struct {
		ID, SlotID int64
		State      bookings.State
		StartsAt   time.Time
		EndsAt     time.Time
	}](m.ctx, m.tx, sq.Select("b.id", "b.slot_id", "b.state", "s.starts_at", "s.ends_at").From("bookings b").Join("slots s ON s.id = b.slot_id").
		Where(sq.Eq{"b.recruitment_id": m.recruitments, "b.state": []bookings.State{bookings.Applied, bookings.Waitlisted, bookings.Offered, bookings.Confirmed}}).
		Where(sq.LtOrEq{"s.starts_at": m.now}).OrderBy("b.id"))
	if err != nil {
		return err
	}
	var slots []int64
	for _, b := range waiting {
		to, at := bookings.Expired, b.StartsAt
		if b.State == bookings.Confirmed {
			to, at = bookings.Completed, b.EndsAt
		}
		if at.After(m.now) {
			continue // it takes place now
		}
		moved, err := db.Exec(m.ctx, m.tx, sq.Update("bookings").Set("state", to).Set("expires_at", nil).Set("updated_at", m.now).Where(sq.Eq{"id": b.ID, "state": b.State}))
		if err != nil {
			return err
		}
		if moved == 0 {
			continue
		}
		slots = append(slots, b.SlotID)
		_, err = db.Exec(m.ctx, m.tx, sq.Insert("booking_events").Columns("booking_id", "state", "actor_role", "created_at").Values(b.ID, to, bySystem, m.now))
		if err != nil {
			return err
		}
	}
	if len(slots) == 0 {
		return nil
	}
	seats := sq.Expr("(SELECT COUNT(*) FROM bookings b WHERE b.slot_id = slots.id AND ?)", sq.Eq{"b.state": seatHolders})
	_, err = db.Exec(m.ctx, m.tx, sq.Update("slots").Set("taken", seats).Where(sq.Eq{"id": slots}))
	return err
}

// slots moves the slots that come to lie ahead, and says how many.
func (m *move) slots() (int64, error) {
	later := func(column string) sq.Sqlizer {
		return sq.Expr(column+" + INTERVAL ? WEEK", int(m.by/week))
	}
	comes := sq.And{sq.Eq{"recruitment_id": m.recruitments}, sq.Gt{"starts_at": m.now.Add(-m.by)}, sq.LtOrEq{"starts_at": m.now}}
	const booked = "EXISTS (SELECT 1 FROM bookings b WHERE b.slot_id = slots.id)"
	copies := sq.Select("recruitment_id").Column(later("starts_at")).Column(later("ends_at")).Columns("weekday", "capacity").From("slots").Where(comes).Where(booked)
	added, err := db.Exec(m.ctx, m.tx, sq.Insert("slots").Columns("recruitment_id", "starts_at", "ends_at", "weekday", "capacity").Select(copies))
	if err != nil {
		return 0, err
	}
	moved, err := db.Exec(m.ctx, m.tx, sq.Update("slots").Set("ends_at", later("ends_at")).Set("starts_at", later("starts_at")).Where(comes).Where("NOT "+booked))
	if err != nil {
		return 0, err
	}
	last := sq.Expr("(SELECT MAX(s.starts_at) FROM slots s WHERE s.recruitment_id = recruitments.id)")
	_, err = db.Exec(m.ctx, m.tx, sq.Update("recruitments").Set("last_slot_at", last).Set("updated_at", m.now).Where(sq.Eq{"id": m.recruitments}))
	return added + moved, err
}
