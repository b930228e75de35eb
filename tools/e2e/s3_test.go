package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"freety/routes/photos"
	"freety/server/photostore"
	"freety/server/photostore/storetest"
	"freety/tools/e2e/gateway"
)

const bucket = "freety-photos"

// instance is what a server on EC2 finds: nothing in its environment but where
// metadata and S3 are.
type instance struct {
	metadata *metadata
	front    *front
}

func newInstance(t *testing.T) *instance {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			_ = os.Unsetenv(name)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	i := &instance{newMetadata(t, gate.sessions.issue()), newFront(t)}
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", i.metadata.URL)
	t.Setenv("AWS_ENDPOINT_URL_S3", i.front.URL)
	makeBucket(t)
	return i
}

// direct is a client of the front that does not go through the store.
func direct(t *testing.T) *s3.Client {
	t.Helper()
	role := gate.sessions.issue()
	return s3.New(s3.Options{
		Region: gateway.Region, BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_S3")), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(role.access, role.secret, role.token),
	})
}

// makeBucket makes the bucket, empty, whatever a test before has left.
func makeBucket(t *testing.T) {
	t.Helper()
	ctx, client := context.Background(), direct(t)
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	var api smithy.APIError
	if errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "BucketAlready") {
		err = nil
	}
	if err != nil {
		t.Fatal(err)
	}
	left, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range left.Contents {
		if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: object.Key}); err != nil {
			t.Fatal(err)
		}
	}
}

func newStore(t *testing.T) *photostore.S3 {
	t.Helper()
	store, err := photostore.NewS3(context.Background(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func put(store photos.Store, key string) error {
	return store.Put(context.Background(), key, "image/jpeg", strings.NewReader("photo"), 5)
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestContractWithCredentialsOfTheInstance(t *testing.T) {
	i := newInstance(t)
	storetest.Run(t, newStore(t))
	if got := i.metadata.seen(); got.withoutToken != 0 || got.tokens == 0 || got.credentials != 1 {
		t.Errorf("the metadata service saw %+v", got)
	}
}

func TestHeadersOfAPhoto(t *testing.T) {
	newInstance(t)
	if err := put(newStore(t), "headers.jpg"); err != nil {
		t.Fatal(err)
	}
	head, err := direct(t).HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("headers.jpg")})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(head.ContentType); got != "image/jpeg" {
		t.Errorf("content type %q", got)
	}
	if got := aws.ToString(head.CacheControl); !strings.HasPrefix(got, "private,") {
		t.Errorf("cache control %q", got)
	}
}

func TestMissingBucketIsNoMissingPhoto(t *testing.T) {
	newInstance(t)
	ctx := context.Background()
	store, err := photostore.NewS3(ctx, "no-such-bucket")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = store.Get(ctx, "abcd.jpg")
	if errors.Is(err, photos.ErrNoObject) {
		t.Error("the photo is said to be missing")
	}
	wantCode(t, err, "NoSuchBucket")
	if store.Ready(ctx) == nil {
		t.Error("ready without its bucket")
	}
}

func TestWrongToken(t *testing.T) {
	i := newInstance(t)
	i.metadata.change(func(m *metadata) { m.role.token = "another token" })
	store := newStore(t)
	wantCode(t, put(store, "abcd.jpg"), "InvalidToken")
	if store.Ready(context.Background()) == nil {
		t.Error("ready with a wrong token")
	}
}

func TestWrongSecret(t *testing.T) {
	i := newInstance(t)
	i.metadata.change(func(m *metadata) { m.role.secret = "another secret" })
	wantCode(t, put(newStore(t), "abcd.jpg"), "SignatureDoesNotMatch")
}

func TestTokenIsNeeded(t *testing.T) {
	newInstance(t)
	role := gate.sessions.issue()
	t.Setenv("AWS_ACCESS_KEY_ID", role.access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", role.secret)
	wantCode(t, put(newStore(t), "abcd.jpg"), "InvalidToken")
}

// calls are the methods of a store, each with success when it works.
var calls = map[string]func(context.Context, photos.Store) error{
	"Put": func(_ context.Context, s photos.Store) error { return put(s, "stored.jpg") },
	"Get": func(ctx context.Context, s photos.Store) error {
		body, _, err := s.Get(ctx, "stored.jpg")
		if err != nil {
			return err
		}
		return body.Close()
	},
	"Delete": func(ctx context.Context, s photos.Store) error { return s.Delete(ctx, "other.jpg") },
	"Ready":  func(ctx context.Context, s photos.Store) error { return s.Ready(ctx) },
}

func TestExpiredCredentialsAreRenewed(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			ctx, i := context.Background(), newInstance(t)
			store := newStore(t)
			if err := put(store, "stored.jpg"); err != nil {
				t.Fatal(err)
			}
			gate.sessions.expire(i.metadata.role)
			i.metadata.change(func(m *metadata) { m.role = gate.sessions.issue() })
			before := i.front.count()
			if err := call(ctx, store); err != nil {
				t.Errorf("with new credentials to be had: %v", err)
			}
			if n := i.front.count() - before; n != 2 {
				t.Errorf("%d requests, want the refused one and the repeated one", n)
			}
			if got := i.metadata.seen(); got.credentials != 2 || got.withoutToken != 0 {
				t.Errorf("the metadata service saw %+v", got)
			}
		})
	}
}

func TestExpiredCredentialsAreRenewedOnceTheyCanBe(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			ctx, i := context.Background(), newInstance(t)
			store := newStore(t)
			if err := put(store, "stored.jpg"); err != nil {
				t.Fatal(err)
			}
			gate.sessions.expire(i.metadata.role)
			before := i.front.count()
			if err := call(ctx, store); err == nil {
				t.Error("expired credentials worked")
			}
			if n := i.front.count() - before; n != 2 {
				t.Errorf("%d requests while there is nothing new, want one repetition", n)
			}
			i.metadata.change(func(m *metadata) { m.role = gate.sessions.issue() })
			if err := call(ctx, store); err != nil {
				t.Errorf("after the rotation: %v", err)
			}
		})
	}
}

// While metadata is down the SDK goes on with what it has, far beyond its end.
func TestMetadataThatWasDown(t *testing.T) {
	ctx, i := context.Background(), newInstance(t)
	i.metadata.change(func(m *metadata) { m.lifetime = time.Second })
	store := newStore(t)
	if err := put(store, "abcd.jpg"); err != nil {
		t.Fatal(err)
	}
	i.metadata.change(func(m *metadata) { m.down = true })
	time.Sleep(1100 * time.Millisecond)
	if err := store.Ready(ctx); err != nil {
		t.Fatalf("S3 takes the credentials still: %v", err)
	}
	gate.sessions.expire(i.metadata.role)
	if err := put(store, "abcd.jpg"); err == nil {
		t.Error("expired credentials worked")
	}
	i.metadata.change(func(m *metadata) {
		m.down, m.lifetime, m.role = false, time.Hour, gate.sessions.issue()
	})
	if err := put(store, "abcd.jpg"); err != nil {
		t.Errorf("after metadata came back: %v", err)
	}
}

func TestVersionOneIsNeverTried(t *testing.T) {
	for _, environment := range []string{"", "false"} {
		t.Run(fmt.Sprintf("AWS_EC2_METADATA_V1_DISABLED=%q", environment), func(t *testing.T) {
			ctx, i := context.Background(), newInstance(t)
			i.metadata.change(func(m *metadata) { m.refusing = true })
			t.Setenv("AWS_EC2_METADATA_V1_DISABLED", environment)
			if _, err := photostore.NewS3(ctx, bucket); err == nil {
				t.Error("a region was found without metadata")
			}
			t.Setenv("AWS_REGION", gateway.Region)
			store := newStore(t)
			before := i.front.count()
			if store.Ready(ctx) == nil || put(store, "abcd.jpg") == nil {
				t.Error("credentials were found without metadata")
			}
			if n := i.front.count() - before; n != 0 {
				t.Errorf("%d requests to S3 without credentials", n)
			}
			if got := i.metadata.seen(); got.withoutToken != 0 || got.credentials != 0 {
				t.Errorf("version 1 was tried: %+v", got)
			}
		})
	}
}
