// Package catalogue lists what other resources choose from: services and regions.
package catalogue

import (
	"context"

	"freety/db"
	"freety/routes/api"

	sq "github.com/Masterminds/squirrel"
	"github.com/danielgtaylor/huma/v2"
)

// Service is the code of a hair service, a row of the table services.
type Service string

// Services are all codes, in the order of the catalogue. A test compares them
// with the table.
var Services = []Service{"cut", "perm", "color", "bleach", "treatment", "straightening", "extension", "styling", "other"}

// Schema implements huma.SchemaProvider.
func (Service) Schema(huma.Registry) *huma.Schema {
	return api.Enum("Service", "Code of a service; /v1/services has its names.", Services...)
}

// Catalogue serves services and regions.
type Catalogue struct{ db *db.DB }

// New returns a Catalogue.
func New(d *db.DB) *Catalogue { return &Catalogue{d} }

// ServiceEntry is one service with its names.
type ServiceEntry struct {
	Code   Service `json:"code" doc:"What other routes take and answer."`
	Name   string  `json:"name" doc:"Korean." example:"커트"`
	NameEn string  `json:"nameEn" doc:"English." example:"Cut"`
}

// Services lists the services.
func (c *Catalogue) Services(ctx context.Context, _ *api.None) (*api.Page[ServiceEntry], error) {
	services, err := db.Select[ServiceEntry](ctx, c.db, sq.Select(db.Columns[ServiceEntry]()...).From("service_catalogue").OrderBy("position"))
	return api.All(services), err
}
