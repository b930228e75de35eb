package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"freety/db"
	"freety/db/mariadb"
	"freety/routes/photos"
	"freety/tools/e2e/gateway"
	"freety/tools/e2e/stage"

	sq "github.com/Masterminds/squirrel"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	bucket        = "freety-photos"
	withoutPhotos = 5 * time.Second
)

// photosFail takes S3 away under load, by refusing connections and by silence.
func photosFail(program string) func(context.Context, *stage.Stage) error {
	return func(ctx context.Context, s *stage.Stage) error {
		b, err := newDatabase(ctx, s, largeDisk)
		if err != nil {
			return err
		}
		address, err := stage.FreeAddress()
		if err != nil {
			return err
		}
		stop, err := gateway.Start(s.Work, address, nil)
		if err != nil {
			return err
		}
		defer stop()
		client := s3.New(s3.Options{
			Region: gateway.Region, BaseEndpoint: aws.String("http://" + address), UsePathStyle: true,
			Credentials: credentials.NewStaticCredentialsProvider(gateway.Access, gateway.Secret, ""),
		})
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
			return err
		}
		front, err := newDoor(address)
		if err != nil {
			return err
		}
		defer func() { _ = front.turn(shut) }()
		dsn := b.dsn(mariadb.Database)
		for range 2 {
			if _, err := s.NewServer(program, dsn, "FREETY_PHOTOS=", "FREETY_S3_BUCKET="+bucket, "AWS_ENDPOINT_URL_S3=http://"+front.Address, "AWS_REGION="+gateway.Region,
				"AWS_ACCESS_KEY_ID="+gateway.Access, "AWS_SECRET_ACCESS_KEY="+gateway.Secret, "AWS_SESSION_TOKEN="); err != nil {
				return err
			}
		}
		if err := s.Up(ctx); err != nil {
			return err
		}
		s.Spared = func(r stage.Request) bool {
			_, isUpload := r.Body.(stage.Photo)
			return !isUpload
		}
		err = s.UnderLoad(ctx, dsn, pace, func(load *stage.Load) error {
			for round := range s.Tally.Rounds {
				how := []manner{shut, mute}[round%2]
				if err := withoutS3(ctx, s, front, how); err != nil {
					return err
				}
				if err := load.Check(ctx); err != nil {
					return err
				}
				s.Say("%d of %d rounds: %s %s", round+1, s.Tally.Rounds, s.Tally, load)
			}
			return nil
		})
		return errors.Join(err, stage.On(ctx, dsn, func(d *db.DB) error { return wholePhotos(ctx, s, d) }))
	}
}

func withoutS3(ctx context.Context, s *stage.Stage, front *door, how manner) error {
	stylist, err := s.NewPerson(ctx, "stylist")
	if err != nil {
		return err
	}
	o, err := s.Publish(ctx, stylist, false, s.Hour(), 1, "")
	if err != nil {
		return err
	}
	if err := stage.Rest(ctx, before); err != nil {
		return err
	}
	if err := front.turn(how); err != nil {
		return err
	}
	awaitReadiness(ctx, s, false, noticeTime)
	upload := stage.Request{Who: stylist, Method: http.MethodPost, Path: o.Path() + "/photos", Body: stage.NewPhoto(), Key: stage.NewKey()}
	if a := s.SendAny(ctx, upload); a.Status != http.StatusServiceUnavailable {
		s.Fault("without S3, a photo is answered with %s", a)
	}
	waited := stage.Rest(ctx, withoutPhotos)
	if err := errors.Join(front.turn(open), waited); err != nil {
		return err
	}
	awaitReadiness(ctx, s, true, healTime)
	s.Insist(ctx, upload, http.StatusCreated)
	return nil
}

// wholePhotos wants the objects of every photo in the bucket.
func wholePhotos(ctx context.Context, s *stage.Stage, d *db.DB) error {
	found, err := db.Select[struct{ Name string }](ctx, d, sq.Select("name").From("photos"))
	if err != nil {
		return err
	}
	for _, row := range found {
		picture, thumbnail := photos.Objects(row.Name)
		for _, object := range []string{picture, thumbnail} {
			if info, err := os.Stat(filepath.Join(gateway.Objects(s.Work), bucket, object)); err != nil || info.Size() == 0 {
				s.Fault("the object %s of a photo: %v", object, err)
			}
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("no photo was uploaded")
	}
	return nil
}
