package outbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"freety/db"
	"freety/routes/api"
	"freety/server/mail"

	sq "github.com/Masterminds/squirrel"
)

const templateConfirmed = "booking_confirmed"

// bookingMail is a row of the view booking_mails.
type bookingMail struct {
	State       string
	Message     string
	Agreed      db.JSON[agreed]
	CancelledBy *string
	StartsAt    time.Time
	EndsAt      time.Time
	Title       string
	Stylist     party
	Model       party
}

type party struct {
	ID       int64
	Name     string
	Email    *string
	Language string
}

// agreed is what a letter tells of the terms of a booking.
type agreed struct {
	Fee      int      `json:"fee"`
	Services []string `json:"services"`
	Venue    struct {
		Province     string `json:"province"`
		District     string `json:"district"`
		Neighborhood string `json:"neighborhood"`
		Detail       string `json:"detail"`
		Zone         string `json:"zone"`
	} `json:"venue"`
}

// sendMail writes the letter from what the booking is now, and sends it.
func (w *Worker) sendMail(ctx context.Context, r row) error {
	template, number, _ := strings.Cut(r.Subject, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || r.AccountID == nil {
		return fmt.Errorf("%w: it names no booking or no recipient", errGiveUp)
	}
	b, err := db.Get[bookingMail](ctx, w.db, sq.Select(db.Columns[bookingMail]()...).From("booking_mails").Where(sq.Eq{"booking_id": id}))
	if errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("%w: the booking is gone", errDrop)
	}
	if err != nil {
		return err
	}
	to, other := b.Stylist, b.Model
	if *r.AccountID == b.Model.ID {
		to, other = b.Model, b.Stylist
	}
	switch {
	case to.ID != *r.AccountID:
		return fmt.Errorf("%w: the recipient is no party of the booking", errGiveUp)
	case to.Email == nil:
		return fmt.Errorf("%w: the recipient has no address", errDrop)
	case template == templateConfirmed && b.State != "confirmed":
		// It would tell of an appointment that is off, and give the address away.
		return fmt.Errorf("%w: the booking is no longer confirmed", errDrop)
	}
	subject, text, err := mail.Render(template, to.Language, w.letter(&b, to, other))
	if errors.Is(err, mail.ErrNoTemplate) {
		// A newer server may have it.
		return errors.New("outbox: the template is unknown")
	}
	if err != nil {
		return err
	}
	return w.mailer.Send(ctx, mail.Mail{
		// Ids alone would begin anew in a new database.
		ID: fmt.Sprintf("%d.%d", r.ID, r.CreatedAt.UnixMicro()),
		To: *to.Email, ToName: to.Name, Subject: subject, Text: text,
	})
}

func (w *Worker) letter(b *bookingMail, to, other party) mail.Booking {
	venue := b.Agreed.V.Venue
	zone := api.Zone(venue.Zone)
	letter := mail.Booking{
		Recipient: to.Name, Other: other.Name, ToStylist: to.ID == b.Stylist.ID,
		Title: b.Title, Message: b.Message, Waitlisted: b.State == "waitlisted",
		StartsAt: b.StartsAt.In(zone), EndsAt: b.EndsAt.In(zone),
		Fee: b.Agreed.V.Fee,
	}
	if b.State == "confirmed" {
		letter.Venue = mail.Venue{Province: venue.Province, District: venue.District, Neighborhood: venue.Neighborhood, Detail: venue.Detail}
	}
	for _, code := range b.Agreed.V.Services {
		letter.Services = append(letter.Services, w.services[code])
	}
	if b.CancelledBy != nil {
		letter.BySystem = *b.CancelledBy == "system"
		letter.ByOther = *b.CancelledBy == roleOf(other, b)
	}
	return letter
}

func roleOf(p party, b *bookingMail) string {
	if p.ID == b.Stylist.ID {
		return string(api.Stylist)
	}
	return string(api.Model)
}

func (w *Worker) readServices(ctx context.Context) (map[string]mail.Service, error) {
	rows, err := db.Select[struct{ Code, Name, NameEn string }](ctx, w.db, sq.Select("code", "name", "name_en").From("service_catalogue"))
	if err != nil {
		return nil, err
	}
	services := map[string]mail.Service{}
	for _, r := range rows {
		services[r.Code] = mail.Service{Name: r.Name, NameEn: r.NameEn}
	}
	return services, nil
}
