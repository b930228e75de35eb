package recruitments

import (
	"freety/routes/api"

	"github.com/danielgtaylor/huma/v2"
)

// Action is something that a caller does to a recruitment or a slot, named like
// its route.
type Action string

// The actions of the owner, then those of a model.
const (
	Publish    Action = "publish"
	Close      Action = "close"
	Reopen     Action = "reopen"
	Apply      Action = "apply"
	Waitlist   Action = "waitlist" // apply, with waitlist, to what is full
	Favorite   Action = "favorite"
	Unfavorite Action = "unfavorite"
)

// Schema implements huma.SchemaProvider.
func (Action) Schema(huma.Registry) *huma.Schema {
	return api.Enum("RecruitmentAction", "What can be done to a recruitment or a slot: publish, close and reopen by its owner; apply, waitlist, favorite and unfavorite by a model. waitlist is to apply with waitlist.", Publish, Close, Reopen, Apply, Waitlist, Favorite, Unfavorite)
}

// ownersActions returns what the owner may do in a stored state.
func ownersActions(stored State, comes bool) []Action {
	switch {
	case stored == Open:
		return []Action{Close}
	case stored == Draft && comes:
		return []Action{Publish}
	case stored == Closed && comes:
		return []Action{Reopen}
	}
	return []Action{}
}
