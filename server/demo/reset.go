package demo

import (
	"context"

	"freety/db"
	"freety/routes/photos"

	sq "github.com/Masterminds/squirrel"
)

// peoplesTables are the tables with what people leave, each before those that it
// refers to. A test compares them with the schema.
var peoplesTables = []string{
	"demo_people", "outbox", "notices", "unconfirmed_letters", "idempotency_keys", "booking_events", "bookings", "favorites", "slots", "recruitment_photos", "recruitment_services", "recruitments",
	"photos", "refresh_tokens", "sessions", "sign_in_attempts", "account_agreements", "models", "stylists", "accounts",
}

// clear removes everything that people have left.
func (m *Demo) clear(ctx context.Context, tx *db.Tx) error {
	// Accounts and photos refer to each other.
	if _, err := db.Exec(ctx, tx, sq.Update("accounts").Set("avatar_photo_id", nil)); err != nil {
		return err
	}
	for _, table := range peoplesTables {
		var err error
		switch table {
		case "photos":
			err = m.discardPhotos(ctx, tx)
		case "outbox":
			_, err = db.Exec(ctx, tx, sq.Delete(table).Where(sq.NotEq{"kind": photos.DeleteTask}))
		default:
			_, err = db.Exec(ctx, tx, sq.Delete(table))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
