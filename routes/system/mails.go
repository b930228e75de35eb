package system

import (
	"context"

	"freety/routes/api"
)

// MailBox remembers the mails that were sent.
type MailBox interface {
	// Sent lists the newest mails to an address, ignoring its case, or to
	// everybody if it is empty; the newest first.
	Sent(ctx context.Context, to string) ([]Mail, error)
	// Clear removes them all.
	Clear(ctx context.Context) error
}

// Mail is a mail as its recipient reads it.
type Mail struct {
	To      string   `json:"to" doc:"The recipient's address."`
	Subject string   `json:"subject" doc:"One line."`
	Text    string   `json:"text" doc:"The letter as plain text."`
	HTML    string   `json:"-"` // a whole document, or empty
	SentAt  api.Time `json:"sentAt" doc:"By the real clock."`
}

// MailsInput is the input of Mails.
type MailsInput struct {
	To string `query:"to" maxLength:"254" doc:"Only those to this address; without it, all."`
}

// Mails lists the newest mails that were sent, 100 at most.
func (s *System) Mails(ctx context.Context, in *MailsInput) (*api.Page[Mail], error) {
	mails, err := s.demo.Mails.Sent(ctx, in.To)
	if err != nil {
		return nil, err
	}
	return api.All(mails), nil
}
