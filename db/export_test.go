package db

import (
	"context"
	"io/fs"
)

// What the tests of this package see of its inside.
var (
	MigrationFiles   = migrationFiles
	ParseViews       = parseViews
	SessionVariables = sessionVariables
	Translate        = translate
)

// Views are the number and hash of a views.sql.
type Views = views

// MigrateTo is Migrate of a build with other migrations and views.
func (d *DB) MigrateTo(ctx context.Context, migrations fs.FS, views string) error {
	return d.migrateTo(ctx, migrations, views)
}

// RunMigrations runs those migrations, and leaves the views as they are.
func (d *DB) RunMigrations(ctx context.Context, migrations fs.FS) error {
	return d.runMigrations(ctx, migrations)
}
