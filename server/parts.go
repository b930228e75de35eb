package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"freety/config"
	"freety/db"
	"freety/routes/api"
	"freety/routes/notices"
	"freety/routes/photos"
	"freety/server/mail"
	"freety/server/photostore"
)

// openMail returns what sends letters and, in demo mode, the folder that holds
// all of them.
func openMail(cfg config.Config) (notices.Mailer, *mail.Files, error) {
	var files *mail.Files
	if cfg.Demo || cfg.SMTPURL == "" {
		var err error
		if files, err = mail.NewFiles(mailsDir(cfg), cfg.MailFrom); err != nil {
			return nil, nil, fmt.Errorf("FREETY_MAIL_FROM or the folder for mails: %w", err)
		}
	}
	if cfg.SMTPURL == "" {
		return files, files, nil
	}
	smtp, err := mail.NewSMTP(cfg.SMTPURL, cfg.MailFrom)
	if err != nil {
		return nil, nil, fmt.Errorf("FREETY_SMTP_URL or FREETY_MAIL_FROM: %w", err)
	}
	if files == nil {
		return smtp, nil, nil
	}
	return both{smtp, files}, files, nil
}

// both sends every letter twice. The folder comes second, so that it holds each
// letter once even if the mail server has to be tried again.
type both struct{ first, second notices.Mailer }

func (b both) Send(ctx context.Context, l notices.Letter) error {
	if err := b.first.Send(ctx, l); err != nil {
		return err
	}
	return b.second.Send(ctx, l)
}

// taskHandlers returns the handlers of the outbox's tasks.
func taskHandlers(d *db.DB, mailer notices.Mailer, store photos.Store) map[string]api.TaskHandler {
	handlers := notices.Handlers(d, mailer)
	handlers[photos.DeleteTask] = photos.Delete(store)
	return handlers
}

// openStore refuses a bucket that no wait will mend; while S3 is away, the server
// starts and does the rest.
func openStore(ctx context.Context, cfg config.Config, log *slog.Logger) (photos.Store, error) {
	if cfg.S3Bucket == "" {
		return photostore.NewDisk(photosDir(cfg))
	}
	store, err := photostore.NewS3(ctx, cfg.S3Bucket)
	if err != nil {
		return nil, fmt.Errorf("FREETY_S3_BUCKET: %w", err)
	}
	switch err := store.Ready(ctx); {
	case errors.Is(err, photostore.ErrNoBucket):
		return nil, fmt.Errorf("FREETY_S3_BUCKET: there is no bucket %s here: mend its name or AWS_REGION, or make it (%w)", cfg.S3Bucket, err)
	case errors.Is(err, photostore.ErrForbidden):
		return nil, fmt.Errorf("FREETY_S3_BUCKET: the bucket %s is not open to these credentials: give them s3:ListBucket on it, and on its objects s3:GetObject, s3:PutObject and s3:DeleteObject (%w)", cfg.S3Bucket, err)
	case err != nil:
		log.Warn("S3 does not answer, so photos cannot be added or shown until it does; AWS_REGION, AWS_ENDPOINT_URL_S3 and the credentials say how it is reached", "error", err.Error())
	}
	return store, nil
}

func photosDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "photos") }

func mailsDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "mails") }

// publicURL returns the URL at which clients reach the server: the one that is
// set, or the address that the server listens on.
func publicURL(cfg config.Config, addr net.Addr, log *slog.Logger) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		// Nobody can call such an address; localhost works on this machine.
		host = "localhost"
		log.Warn("photos get URLs that only this machine can open, because FREETY_PUBLIC_URL is not set")
	}
	return "http://" + net.JoinHostPort(host, port)
}
