package recruitments

import (
	"context"

	"freety/routes/api"
)

// Reopen opens the caller's own recruitment again after it was closed.
func (r *Recruitments) Reopen(ctx context.Context, in *api.Action) (*api.Body[Detail], error) {
	return r.open(ctx, in.ID, Closed, "Only a closed recruitment can be reopened.")
}
