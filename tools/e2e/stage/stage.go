// Package stage is what the commands of this module play their scenarios on:
// servers in processes of their own, people with phones, a load with a ledger of
// what was acknowledged, and a table of what came of it.
package stage

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"freety/db"
	"freety/db/audit"

	sq "github.com/Masterminds/squirrel"
	"golang.org/x/sync/errgroup"
)

// Stage is some servers, and what a scenario needs to use them.
type Stage struct {
	// Work is a folder for what the scenario keeps, and the servers' folders.
	Work    string
	Servers []*Server
	Tally   *Tally
	// Spared are requests that must not be answered with a 503; nil: none.
	Spared func(Request) bool

	people atomic.Int64 // how many have ever been
	hours  atomic.Int64 // slots that have been given out
}

// said keeps lines of scenarios that run at once apart.
var said sync.Mutex

// Say prints a line about how the scenario goes.
func (s *Stage) Say(format string, args ...any) {
	said.Lock()
	defer said.Unlock()
	fmt.Printf("%s %5.0f s  %s: %s\n", time.Now().UTC().Format(time.TimeOnly), time.Since(s.Tally.begin).Seconds(), s.Tally.Name, fmt.Sprintf(format, args...))
}

const mostFaultsSaid = 30

// Fault counts something that must not be.
func (s *Stage) Fault(format string, args ...any) {
	if s.Tally.wrong.Add(1) <= mostFaultsSaid {
		s.Say("WRONG: "+format, args...)
	}
}

// Loss counts a write that was acknowledged and is not there.
func (s *Stage) Loss(format string, args ...any) {
	if s.Tally.lost.Add(1) <= mostFaultsSaid {
		s.Say("LOST: "+format, args...)
	}
}

// NewServer adds a server of a program, which does not run yet. The variables
// come on top of those that every server has. The servers share a data folder.
func (s *Stage) NewServer(program, dsn string, variables ...string) (*Server, error) {
	server, err := newServer(s.Work, len(s.Servers)+1, program, dsn, variables)
	if err == nil {
		s.Servers = append(s.Servers, server)
	}
	return server, err
}

// Up has all servers run and ready.
func (s *Stage) Up(ctx context.Context) error {
	group := errgroup.Group{}
	for _, server := range s.Servers {
		group.Go(func() error { return server.Up(ctx) })
	}
	return group.Wait()
}

// Down stops all servers.
func (s *Stage) Down() error {
	group := errgroup.Group{}
	for _, server := range s.Servers {
		group.Go(server.Stop)
	}
	return group.Wait()
}

// On opens a database for as long as do takes.
func On(ctx context.Context, dsn string, do func(d *db.DB) error) error {
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(do(d), d.Close())
}

// Audit counts what disagrees in a database.
func (s *Stage) Audit(ctx context.Context, dsn string) error {
	return On(ctx, dsn, func(d *db.DB) error { return s.AuditOf(ctx, d, "the database") })
}

// AuditOf is Audit of a database that is open, with a name for what is said of it.
func (s *Stage) AuditOf(ctx context.Context, d *db.DB, name string) error {
	for _, rule := range audit.Rules {
		faults, err := rule.Faults(ctx, d)
		if err != nil {
			return err
		}
		for _, fault := range faults {
			s.Fault("audit of %s: %s", name, fault)
		}
	}
	return nil
}

// Migrations are how many this tree has.
func Migrations() (int, error) {
	files, err := filepath.Glob(filepath.Join(Source, "db/migrations/*.sql"))
	if err == nil && len(files) == 0 {
		err = errors.New("no migrations in " + Source)
	}
	return len(files), err
}

// Whole wants each of so many migrations, and the zero row, in the database once,
// and the views.
func Whole(ctx context.Context, dsn string, migrations int) error {
	return On(ctx, dsn, func(d *db.DB) error {
		found, err := db.Select[struct {
			VersionID int
			Times     int
		}](ctx, d, sq.Select("version_id", "COUNT(*) AS times").From("goose_db_version").GroupBy("version_id"))
		if err != nil {
			return err
		}
		for _, v := range found {
			if v.Times != 1 {
				return fmt.Errorf("migration %d is there %d times", v.VersionID, v.Times)
			}
		}
		if len(found) != migrations+1 {
			return fmt.Errorf("%d versions instead of %d", len(found), migrations+1)
		}
		_, err = db.Get[struct{ ID int }](ctx, d, sq.Select("id").From("view_versions").Where("hash <> ''"))
		return err
	})
}

// Source is the tree of Freety, whose folder tools/e2e the commands begin in. An S3
// server among them changes the folder later.
var Source, _ = filepath.Abs("../..")

// Build builds the server of a tree.
func Build(ctx context.Context, source, program string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./server")
	cmd.Dir = source
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w: %s", err, text)
	}
	return nil
}
