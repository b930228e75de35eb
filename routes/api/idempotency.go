package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"regexp"
	"time"

	"freety/db"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// IdempotencyWindow is how long a key is remembered.
const IdempotencyWindow = 24 * time.Hour

const idempotencyHeader = "Idempotency-Key"

var idempotencyPattern = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

func idempotencyParameter() *huma.Param {
	longest := 255
	return &huma.Param{
		Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
		Description: "Any text without spaces; use a new one for each new request. A repeat with the same key and body within 24 hours changes nothing.",
	}
}

// idempotencyKey tells a repeat of a request from another request.
type idempotencyKey struct {
	route, key string
	body       hash.Hash // of the JSON as it was sent, or of the parts of a form
}

// readIdempotencyKey keeps the key of a request; the code that reads the body
// hashes it.
func (a *API) readIdempotencyKey(ctx huma.Context, next func(huma.Context)) {
	if key := ctx.Header(idempotencyHeader); key != "" {
		req := requestOf(ctx.Context())
		if !idempotencyPattern.MatchString(key) {
			req.faults = append(req.faults, NewFault("header."+idempotencyHeader, "wrong_format", "must be 1 to 255 ASCII characters without spaces"))
		}
		url := ctx.URL()
		req.once = &idempotencyKey{route: ctx.Method() + " " + url.Path, key: key, body: sha256.New()}
	}
	next(ctx)
}

// hash adds a part of the body to the hash that tells a repeat from another
// request.
func (r *request) hash(part []byte) {
	if r.once != nil {
		r.once.body.Write(part)
	}
}

// Write runs do in a transaction and returns its result, such as the id of the
// resource that it made. Every POST of a signed-in caller must use it: if a
// request with the same Idempotency-Key has succeeded before, do does not run,
// and Write returns the earlier result. T is kept as JSON of at most 1,000
// bytes; a route that answers 200 or 201 keeps the status in it.
func Write[T any](ctx context.Context, d *db.DB, do func(tx *db.Tx) (T, error)) (result T, err error) {
	req := requestOf(ctx)
	req.wrote = true
	err = d.InTx(ctx, func(tx *db.Tx) error {
		if req.once == nil {
			result, err = do(tx)
			return err
		}
		earlier, err := req.claim(ctx, tx)
		if err != nil {
			return err
		}
		if earlier != nil {
			return json.Unmarshal(earlier, &result)
		}
		if result, err = do(tx); err != nil {
			return err
		}
		kept := sq.Update("idempotency_keys").Set("result", db.JSON[T]{V: result}).Where(req.ownKey())
		if id, ok := any(result).(int64); ok {
			// Servers of the previous release read it here.
			kept = kept.Set("resource_id", id)
		}
		_, err = db.Exec(ctx, tx, kept)
		return err
	})
	return result, err
}

func (r *request) ownKey() sq.Eq {
	return sq.Eq{"account_id": r.caller.AccountID, "route": r.once.route, "claim": r.once.key}
}

// claim takes the key for this transaction. If an earlier request has succeeded
// with it, claim returns that request's result. The unique key decides, and waits
// for any other transaction that holds the key.
func (r *request) claim(ctx context.Context, tx *db.Tx) ([]byte, error) {
	now := time.Now().UTC()
	if _, err := db.Exec(ctx, tx, sq.Delete("idempotency_keys").Where(r.ownKey()).Where(sq.Lt{"created_at": now.Add(-IdempotencyWindow)})); err != nil {
		return nil, err
	}
	body := r.once.body.Sum(nil)
	_, err := db.Exec(ctx, tx, sq.Insert("idempotency_keys").SetMap(map[string]any{
		"account_id": r.caller.AccountID, "route": r.once.route, "claim": r.once.key, "body_hash": body, "created_at": now,
	}))
	if !db.IsDuplicate(err, "PRIMARY") {
		return nil, err
	}
	// Servers of the previous release leave the result out.
	earlier, err := db.Get[struct{ BodyHash, Result []byte }](ctx, tx, sq.Select("body_hash", "COALESCE(result, resource_id) AS result").From("idempotency_keys").Where(r.ownKey()))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(earlier.BodyHash, body) {
		return nil, Invalid("idempotency_key_reused", "This Idempotency-Key was used with another body; use a new key for a new request.")
	}
	return earlier.Result, nil
}
