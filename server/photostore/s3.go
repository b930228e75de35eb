package photostore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"freety/routes/photos"
)

const (
	// cacheControl lets the phone keep a photo for a while, but no cache in between.
	cacheControl = "private, max-age=3600"

	connectTime = 5 * time.Second
	headerTime  = 20 * time.Second
	putTime     = 60 * time.Second
	deleteTime  = 20 * time.Second
	readyTime   = 5 * time.Second
)

// What Ready says of a bucket that will not get better by itself.
var (
	ErrNoBucket  = errors.New("photostore: no such bucket")
	ErrForbidden = errors.New("photostore: access to the bucket is denied")
)

// S3 keeps photos in a bucket. It is a photos.Store.
type S3 struct {
	client      *s3.Client
	bucket      string
	credentials *aws.CredentialsCache
}

var _ photos.Store = (*S3)(nil)

// NewS3 takes credentials, region and endpoint from where AWS's tools take
// them: the environment, shared files, the container, and the instance metadata,
// of which it uses only version 2. It does not call the bucket; Ready does.
// Without the right to list the bucket, a missing key looks like a forbidden one.
func NewS3(ctx context.Context, bucket string, opts ...func(*config.LoadOptions) error) (*S3, error) {
	cfg, err := loadConfig(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("photostore: %w", err)
	}
	credentials, ok := cfg.Credentials.(*aws.CredentialsCache)
	if !ok {
		credentials = aws.NewCredentialsCache(cfg.Credentials)
		cfg.Credentials = credentials
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		// S3 servers other than Amazon's seldom have a host name for each bucket.
		o.UsePathStyle = o.BaseEndpoint != nil
		// Do not log objects without a checksum, which other tools may have put.
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	return &S3{client: client, bucket: bucket, credentials: credentials}, nil
}

// loadConfig loads twice, because the metadata client is a part of the
// configuration and takes its own endpoint from it.
func loadConfig(ctx context.Context, opts []func(*config.LoadOptions) error) (aws.Config, error) {
	opts = slices.Concat([]func(*config.LoadOptions) error{config.WithHTTPClient(httpClient())}, opts)
	base, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, err
	}
	metadata := imds.NewFromConfig(base, func(o *imds.Options) { o.EnableFallback = aws.FalseTernary })
	return config.LoadDefaultConfig(ctx, append(opts,
		config.WithEC2RoleCredentialOptions(func(o *ec2rolecreds.Options) { o.Client = metadata }),
		config.WithEC2IMDSRegion(func(o *config.UseEC2IMDSRegion) { o.Client = metadata }),
	)...)
}

// httpClient bounds each wait, but not the body of a Get, which takes as long
// as the phone that reads it.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTime }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = connectTime
			t.ResponseHeaderTimeout = headerTime
		})
}

// Put implements photos.Store.
func (s *S3) Put(ctx context.Context, key, contentType string, body io.ReadSeeker, size int64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if end, err := body.Seek(0, io.SeekEnd); err != nil || end != size {
		return errors.Join(fmt.Errorf("photostore: put: %d bytes instead of %d", end, size), err)
	}
	ctx, cancel := context.WithTimeout(ctx, putTime)
	defer cancel()
	return s.do("put", func() error {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket:        &s.bucket,
			Key:           &key,
			Body:          body,
			ContentLength: &size,
			ContentType:   &contentType,
			CacheControl:  aws.String(cacheControl),
		})
		return err
	})
}

// Get implements photos.Store.
func (s *S3) Get(ctx context.Context, key string) (body io.ReadCloser, size int64, err error) {
	if err := checkKey(key); err != nil {
		return nil, 0, err
	}
	err = s.do("get", func() error {
		out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key})
		if err != nil {
			return err
		}
		body, size = out.Body, aws.ToInt64(out.ContentLength)
		return nil
	})
	// By its code: a missing bucket is also a 404, and must not look like a missing photo.
	if hasCode(err, "NoSuchKey") {
		return nil, 0, photos.ErrNoObject
	}
	return body, size, err
}

// Delete implements photos.Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, deleteTime)
	defer cancel()
	err := s.do("delete", func() error {
		_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key})
		return err
	})
	// S3 answers 204 for a missing key; some compatible servers do not.
	if hasCode(err, "NoSuchKey") {
		return nil
	}
	return err
}

// Ready implements photos.Store. It asks for the bucket with the credentials in use.
func (s *S3) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	// An answer to HEAD has no body, so expired credentials show only as a status.
	// They are renewed here, because a server that is not ready gets no other
	// request that would renew them.
	err := s.do("ready", func() error {
		_, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket})
		return err
	}, "BadRequest", "Forbidden")
	switch {
	case hasCode(err, "NotFound", "NoSuchBucket"):
		return fmt.Errorf("%w: %w", ErrNoBucket, err)
	case hasCode(err, "Forbidden", "AccessDenied"):
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	return err
}

// do calls again with new credentials if the error's code says that those in use
// were refused. The SDK keeps expired ones when it could not renew them in time,
// even after their source is back.
func (s *S3) do(what string, call func() error, alsoExpired ...string) error {
	err := call()
	codes := append([]string{"ExpiredToken", "ExpiredTokenException", "InvalidToken"}, alsoExpired...)
	if hasCode(err, codes...) {
		s.credentials.Invalidate()
		err = call()
	}
	if err != nil {
		return fmt.Errorf("photostore: %s: %w", what, err)
	}
	return nil
}

func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
