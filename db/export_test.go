package db

// What the tests of this package see of its inside.
var (
	NewProvider    = newProvider
	MigrationFiles = migrationFiles
)
