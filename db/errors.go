package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/georgysavva/scany/v2/dbscan"
	"github.com/go-sql-driver/mysql"
)

var (
	// ErrNotFound says that no row matched.
	ErrNotFound = errors.New("db: no such row")
	// ErrGone wraps what says that a row cannot be written, since one that it
	// refers to does not exist, or no longer.
	ErrGone = errors.New("db: what a row refers to has gone")
	// ErrTooLong wraps the error for a text that does not fit its column.
	ErrTooLong = errors.New("db: a text is too long for its column")
	// ErrUnavailable wraps errors that say that the database cannot be reached or
	// cannot answer now; the same request may succeed later.
	ErrUnavailable = errors.New("db: the database is unavailable")
	// ErrOutcomeUnknown wraps ErrUnavailable for a COMMIT that was not answered: the
	// transaction may have taken effect or not.
	ErrOutcomeUnknown = fmt.Errorf("%w: a COMMIT was not answered", ErrUnavailable)
)

// Error numbers of the server. MySQL and MariaDB share them, except for CHECK.
const (
	numDuplicate     = 1062
	numTooLong       = 1406
	numLockWait      = 1205
	numDeadlock      = 1213
	numNoParent      = 1452
	numInterrupted   = 1317 // by a KILL
	numStatementTime = 1969 // of MariaDB
	numExecutionTime = 3024 // of MySQL
	numCheckMySQL    = 3819
	numCheckMariaDB  = 4025
)

// unavailable are the numbers of what will pass, or will be mended in the database.
var unavailable = []uint16{
	numLockWait, numDeadlock, numInterrupted, numStatementTime, numExecutionTime,
	3,    // a temporary file cannot be written
	1021, // disk full
	1026, // a file cannot be written
	1030, // the storage engine failed, as on a full temporary folder
	1040, // too many connections
	1045, // the password is being changed
	1047, // a Galera node without quorum, or not yet in step
	1053, // the server shuts down
	1114, // table full
	1180, // COMMIT failed
	1203, // too many connections of this user
	1226, // a limit of this user
	1290, // read-only
	1792, // a transaction that is read-only
	1836, // read-only, in MySQL
	1927, // the connection was killed
}

// IsDuplicate reports whether err is a violation of the unique key with that name.
func IsDuplicate(err error, key string) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == numDuplicate && (strings.HasSuffix(e.Message, "'"+key+"'") || strings.HasSuffix(e.Message, "."+key+"'"))
}

// IsMissingParent reports whether err is a violation of the foreign key with that
// name: the row that it refers to does not exist.
func IsMissingParent(err error, key string) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == numNoParent && strings.Contains(e.Message, "`"+key+"`")
}

// IsCheckViolation reports whether err is a violation of the CHECK with that name.
func IsCheckViolation(err error, name string) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && (e.Number == numCheckMySQL || e.Number == numCheckMariaDB) &&
		(strings.Contains(e.Message, "'"+name+"'") || strings.Contains(e.Message, "`"+name+"`"))
}

// IsStatementTimeout reports whether err says that a statement has used up the
// time that its session gives to one.
func IsStatementTimeout(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && (e.Number == numStatementTime || e.Number == numExecutionTime)
}

func isRetryable(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && (e.Number == numDeadlock || e.Number == numLockWait)
}

// translate turns the driver's errors into those of this package.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) || dbscan.NotFound(err) {
		return ErrNotFound
	}
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		switch {
		case server.Number == numNoParent:
			return fmt.Errorf("%w: %w", ErrGone, err)
		case server.Number == numTooLong:
			return fmt.Errorf("%w: %w", ErrTooLong, err)
		case slices.Contains(unavailable, server.Number):
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var network net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.As(err, &network) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

var quoted = regexp.MustCompile(`(?s)'.*'`)

// Describe returns the text of err for a log, without what a server's error
// quotes, which may be personal data.
func Describe(err error) string {
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		return strings.ReplaceAll(err.Error(), server.Message, quoted.ReplaceAllString(server.Message, "'…'"))
	}
	return err.Error()
}
