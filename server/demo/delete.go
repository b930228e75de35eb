package demo

import (
	"context"
	"slices"

	"freety/db"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

// HoldsPeople reports whether a database holds people of the demo, as whom
// anybody can sign in.
func HoldsPeople(ctx context.Context, d *db.DB) (bool, error) {
	found, err := db.Get[struct{ Held bool }](ctx, d, sq.Expr("SELECT EXISTS (SELECT 1 FROM demo_people) AS held"))
	return found.Held, err
}

// DeletePeople deletes the people of the demo and everything that is theirs:
// what others have booked or kept with them goes too, and all else of others
// stays. It returns how many people there were. After that the database is no
// demo any more. People are deleted one by one, each in a transaction, so that it
// can be stopped at any time and run again.
func DeletePeople(ctx context.Context, d *db.DB) (deleted int, err error) {
	people, err := idsOf(ctx, d, sq.Select("account_id AS id").From("demo_people").OrderBy("account_id"))
	if err != nil {
		return 0, err
	}
	for _, account := range people {
		if err := d.InSerializableTx(ctx, func(tx *db.Tx) error { return deletePerson(ctx, tx, account) }); err != nil {
			return deleted, err
		}
		deleted++
	}
	_, err = db.Exec(ctx, d, sq.Update("demo_clock").Set("filled", false).Set("offset_seconds", 0).Where("NOT EXISTS (SELECT 1 FROM demo_people)"))
	return deleted, err
}

func deletePerson(ctx context.Context, tx *db.Tx, account int64) error {
	type booking struct{ ID, RecruitmentID, SlotID int64 }
	bookings, err := db.Select[booking](ctx, tx, sq.Select(db.Columns[booking]()...).From("bookings").Where(sq.Or{sq.Eq{"stylist_id": account}, sq.Eq{"model_id": account}}))
	if err != nil {
		return err
	}
	own, err := idsOf(ctx, tx, sq.Select("id").From("recruitments").Where(sq.Eq{"stylist_id": account}))
	if err != nil {
		return err
	}
	counted, err := idsOf(ctx, tx, sq.Select("recruitment_id AS id").From("favorites").Where(sq.Eq{"model_id": account}))
	if err != nil {
		return err
	}
	pictures, err := idsOf(ctx, tx, sq.Select("id").From("photos").Where(sq.Eq{"owner_id": account}))
	if err != nil {
		return err
	}
	var booked, slots []int64
	for _, b := range bookings {
		booked, slots, counted = append(booked, b.ID), append(slots, b.SlotID), append(counted, b.RecruitmentID)
	}
	// Each before those that it refers to.
	for _, s := range []struct {
		table, column string
		values        []int64
	}{
		{"booking_events", "booking_id", booked}, {"bookings", "id", booked},
		{"favorites", "model_id", []int64{account}}, {"favorites", "recruitment_id", own},
		{"slots", "recruitment_id", own}, {"recruitment_photos", "recruitment_id", own}, {"recruitment_services", "recruitment_id", own}, {"recruitments", "id", own},
	} {
		if err := inChunks(s.values, func(chunk []int64) error {
			_, err := db.Exec(ctx, tx, sq.Delete(s.table).Where(sq.Eq{s.column: chunk}))
			return err
		}); err != nil {
			return err
		}
	}
	if err := recount(ctx, tx, counted, slots); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, tx, sq.Update("accounts").Set("avatar_photo_id", nil).Where(sq.Eq{"id": account})); err != nil {
		return err
	}
	if err := inChunks(pictures, func(chunk []int64) error { return photos.Discard(ctx, tx, chunk) }); err != nil {
		return err
	}
	// The tokens of sessions go with them.
	for _, table := range []string{"outbox", "notices", "idempotency_keys", "sessions", "account_agreements", "models", "stylists", "demo_people"} {
		if _, err := db.Exec(ctx, tx, sq.Delete(table).Where(sq.Eq{"account_id": account})); err != nil {
			return err
		}
	}
	_, err = db.Exec(ctx, tx, sq.Delete("accounts").Where(sq.Eq{"id": account}))
	return err
}

// recount counts again what others' recruitments and slots have lost.
func recount(ctx context.Context, tx *db.Tx, recruitments, slots []int64) error {
	err := inChunks(recruitments, func(chunk []int64) error {
		_, err := db.Exec(ctx, tx, sq.Update("recruitments").
			Set("booking_count", sq.Expr("(SELECT COUNT(*) FROM bookings b WHERE b.recruitment_id = recruitments.id)")).
			Set("favorite_count", sq.Expr("(SELECT COUNT(*) FROM favorites f WHERE f.recruitment_id = recruitments.id)")).Where(sq.Eq{"id": chunk}))
		return err
	})
	if err != nil {
		return err
	}
	return inChunks(slots, func(chunk []int64) error {
		_, err := db.Exec(ctx, tx, sq.Update("slots").
			Set("taken", sq.Expr("(SELECT COUNT(*) FROM bookings b WHERE b.slot_id = slots.id AND b.state IN ('offered', 'confirmed'))")).Where(sq.Eq{"id": chunk}))
		return err
	})
}

func idsOf(ctx context.Context, on db.Queryer, query sq.Sqlizer) ([]int64, error) {
	rows, err := db.Select[struct{ ID int64 }](ctx, on, query)
	found := make([]int64, len(rows))
	for i, row := range rows {
		found[i] = row.ID
	}
	return found, err
}

func inChunks(values []int64, do func(chunk []int64) error) error {
	for chunk := range slices.Chunk(values, rowsPerStatement) {
		if err := do(chunk); err != nil {
			return err
		}
	}
	return nil
}
