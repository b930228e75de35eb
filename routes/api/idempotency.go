package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"net/http"
	"regexp"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
)

// IdempotencyWindow is how long a key is remembered.
const IdempotencyWindow = 24 * time.Hour

const idempotencyHeader = "Idempotency-Key"

var idempotencyPattern = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

func idempotencyParameter() *huma.Param {
	longest := 255
	return &huma.Param{
		Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
		Description: "Any text without spaces, new for each intent. A repeat with the same key and body within 24 hours does nothing again.",
	}
}

type hashedBody struct {
	io.ReadCloser
	sum hash.Hash
}

func (b hashedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	return n, err
}

// readIdempotencyKey notes the key and hashes the body while it is read.
func (a *API) readIdempotencyKey(ctx huma.Context, next func(huma.Context)) {
	if key := ctx.Header(idempotencyHeader); key != "" {
		r, _ := humamux.Unwrap(ctx)
		req := requestOf(ctx.Context())
		if !idempotencyPattern.MatchString(key) {
			req.fault("header."+idempotencyHeader, "expected 1 to 255 ASCII characters without spaces")
		}
		sum := sha256.New()
		r.Body = hashedBody{r.Body, sum}
		req.once = &idempotencyKey{route: r.Method + " " + r.URL.Path, key: key, body: sum}
	}
	next(ctx)
}

// Write runs do in a transaction and returns the id of the resource that do
// made or changed. Every JSON POST of a signed-in caller goes through it: when
// the request carries an Idempotency-Key that has succeeded before, do does
// not run, and the id is the one of then.
func Write(ctx context.Context, d *db.DB, do func(tx *db.Tx) (int64, error)) (id int64, err error) {
	req := requestOf(ctx)
	err = d.InTx(ctx, func(tx *db.Tx) error {
		if req.once == nil {
			id, err = do(tx)
			return err
		}
		done, err := req.claim(ctx, tx)
		if err != nil || done != 0 {
			id = done
			return err
		}
		if id, err = do(tx); err != nil {
			return err
		}
		_, err = db.Exec(ctx, tx, sq.Update("idempotency_keys").Set("resource_id", id).Where(req.ownKey()))
		return err
	})
	return id, err
}

func (r *request) ownKey() sq.Eq {
	return sq.Eq{"account_id": r.caller.AccountID, "route": r.once.route, "claim": r.once.key}
}

// claim takes the key for this transaction. Where it is taken, which the unique
// key decides after any other transaction that holds it has ended, it returns
// the id of the resource that was made with it.
func (r *request) claim(ctx context.Context, tx *db.Tx) (int64, error) {
	now := time.Now().UTC()
	if _, err := db.Exec(ctx, tx, sq.Delete("idempotency_keys").Where(r.ownKey()).Where(sq.Lt{"created_at": now.Add(-IdempotencyWindow)})); err != nil {
		return 0, err
	}
	body := r.once.body.Sum(nil)
	_, err := db.Exec(ctx, tx, sq.Insert("idempotency_keys").SetMap(map[string]any{
		"account_id": r.caller.AccountID, "route": r.once.route, "claim": r.once.key, "body_hash": body, "created_at": now,
	}))
	if !db.IsDuplicate(err, "PRIMARY") {
		return 0, err
	}
	done, err := db.Get[struct {
		ResourceID int64
		BodyHash   []byte
	}](ctx, tx, sq.Select("resource_id", "body_hash").From("idempotency_keys").Where(r.ownKey()))
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(done.BodyHash, body) {
		return 0, newProblem(http.StatusUnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used with another body; take a new key for a new intent.")
	}
	return done.ResourceID, nil
}
