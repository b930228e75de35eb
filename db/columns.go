package db

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/georgysavva/scany/v2/dbscan"
	"github.com/georgysavva/scany/v2/sqlscan"
)

// scanner matches columns to fields: snake_case of a field's name, nested
// structs joined by "_" (Venue.ZoneName is venue_zone_name), the tag `db` to
// name another column, "-" for none.
var scanner = must(sqlscan.NewAPI(must(dbscan.NewAPI(
	dbscan.WithColumnSeparator("_"),
	dbscan.WithScannableTypes((*sql.Scanner)(nil)),
))))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	columnCache sync.Map
	scannerType = reflect.TypeFor[sql.Scanner]()
	timeType    = reflect.TypeFor[time.Time]()
)

// Columns lists the columns that Get and Select match to the fields of T, in
// the order of the fields. A field whose tag ends in ",computed" is left out:
// the view does not have its column, the query adds it.
func Columns[T any]() []string {
	t := reflect.TypeFor[T]()
	if columns, ok := columnCache.Load(t); ok {
		return columns.([]string)
	}
	columns := columnsOf(t, "")
	columnCache.Store(t, columns)
	return columns
}

func columnsOf(t reflect.Type, prefix string) []string {
	var columns []string
	for field := range t.Fields() {
		tag, tagged := field.Tag.Lookup("db")
		tag, computed := strings.CutSuffix(tag, ",computed")
		if tag == "-" || computed || (!field.IsExported() && !field.Anonymous) {
			continue
		}
		name := tag
		if !tagged && !field.Anonymous {
			name = dbscan.SnakeCaseMapper(field.Name)
		}
		column := strings.Trim(prefix+"_"+name, "_")
		child := field.Type
		if child.Kind() == reflect.Pointer {
			child = child.Elem()
		}
		if child.Kind() == reflect.Struct && child != timeType && !reflect.PointerTo(child).Implements(scannerType) {
			columns = append(columns, columnsOf(child, column)...)
			continue
		}
		columns = append(columns, column)
	}
	return columns
}

// List is a column of codes joined by commas; an empty column is an empty list.
type List[T ~string] []T

// Scan implements sql.Scanner.
func (l *List[T]) Scan(src any) error {
	text, err := textOf(src)
	if err != nil {
		return err
	}
	*l = List[T]{}
	for code := range strings.SplitSeq(string(text), ",") {
		if code != "" {
			*l = append(*l, T(code))
		}
	}
	return nil
}

// Value implements driver.Valuer.
func (l List[T]) Value() (driver.Value, error) {
	codes := make([]string, len(l))
	for i, code := range l {
		codes[i] = string(code)
	}
	return strings.Join(codes, ","), nil
}

// JSON is a column that holds the JSON of a T.
type JSON[T any] struct{ V T }

// Scan implements sql.Scanner.
func (j *JSON[T]) Scan(src any) error {
	text, err := textOf(src)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &j.V)
}

// Value implements driver.Valuer.
func (j JSON[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(j.V)
	return string(text), err
}

func textOf(src any) ([]byte, error) {
	switch src := src.(type) {
	case []byte:
		return src, nil
	case string:
		return []byte(src), nil
	}
	return nil, fmt.Errorf("db: expected a text column, not a %T", src)
}

// MarshalJSON implements json.Marshaler. It writes V alone.
func (j JSON[T]) MarshalJSON() ([]byte, error) { return json.Marshal(j.V) }
