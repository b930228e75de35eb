package bookings

import (
	"context"
	"slices"

	"freety/routes/api"
	"freety/routes/recruitments"
)

// GetRecruitment returns a recruitment, and tells a model which slots they may
// apply to.
func (b *Bookings) GetRecruitment(ctx context.Context, in *api.ID) (*api.Versioned[recruitments.Detail], error) {
	out, err := b.recruitments.Get(ctx, in)
	if err == nil && api.CallerOf(ctx).Is(api.Model) {
		err = b.allow(ctx, &out.Body)
	}
	return out, err
}

// allow adds what begin lets the caller do, to each slot and to the whole.
func (b *Bookings) allow(ctx context.Context, d *recruitments.Detail) error {
	model, now := api.CallerOf(ctx).AccountID, api.Now(ctx)
	booked, err := hasLive(ctx, b.db, d.ID, model)
	if err != nil {
		return err
	}
	var held []engagement
	if len(d.Slots) > 0 && d.InstantBook && !booked {
		last := slices.MaxFunc(d.Slots, func(a, b recruitments.Slot) int { return a.EndsAt.Compare(b.EndsAt.Time) })
		if held, err = engagements(ctx, b.db, d.Stylist.ID, model, 0, now, last.EndsAt.Time); err != nil {
			return err
		}
	}
	actions := []recruitments.Action{}
	for i := range d.Slots {
		slot := &d.Slots[i]
		state, refused := begin(d.State.IsOpen(), d.InstantBook, booked, *slot, now)
		action := recruitments.Apply
		switch {
		case refused != notRefused, state == Confirmed && slices.ContainsFunc(held, func(e engagement) bool { return e.overlaps(timeOf(*slot), model) }):
			continue
		case state == Waitlisted:
			action = recruitments.Waitlist
		}
		slot.AllowedActions = []recruitments.Action{action}
		if !slices.Contains(actions, action) {
			actions = append(actions, action)
		}
	}
	slices.Sort(actions)
	d.AllowedActions = append(actions, d.AllowedActions...)
	return nil
}

func timeOf(s recruitments.Slot) Slot { return Slot{ID: s.ID, StartsAt: s.StartsAt, EndsAt: s.EndsAt} }
