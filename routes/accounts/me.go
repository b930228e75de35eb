package accounts

import (
	"context"

	"freety/routes/api"
)

// Me returns the caller's account.
func (a *Accounts) Me(ctx context.Context, _ *api.None) (*api.Body[Account], error) {
	account, err := a.account(ctx, a.db, api.CallerOf(ctx).AccountID)
	return &api.Body[Account]{Body: account}, err
}
