package db

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"reflect"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// What a DSN can say of each field of the driver's Config, and whether that counts. A field that a new version of the
// driver brings is missing here until somebody has decided.
var fieldsOfADSN = map[string]struct {
	says string
	kept bool
}{
	"User":   {"", true},
	"Passwd": {"", true},
	"Net":    {"", true},
	"Addr":   {"", true},
	"DBName": {"", true},

	"TLS":                      {"tls=skip-verify", true},
	"TLSConfig":                {"tls=freety-test", true},
	"AllowFallbackToPlaintext": {"tls=preferred", true},
	"ServerPubKey":             {"serverPubKey=freety-test", true},
	"AllowCleartextPasswords":  {"allowCleartextPasswords=true", true},
	"AllowNativePasswords":     {"allowNativePasswords=false", true},
	"AllowOldPasswords":        {"allowOldPasswords=true", true},

	"Params":               {"sql_mode=%27%27", false},
	"ConnectionAttributes": {"connectionAttributes=program:other", false},
	"Collation":            {"collation=latin1_bin", false},
	"Loc":                  {"loc=Asia%2FSeoul", false},
	"MaxAllowedPacket":     {"maxAllowedPacket=1", false},
	"Timeout":              {"timeout=1h", false},
	"ReadTimeout":          {"readTimeout=1h", false},
	"WriteTimeout":         {"writeTimeout=1h", false},
	"AllowAllFiles":        {"allowAllFiles=true", false},
	"CheckConnLiveness":    {"checkConnLiveness=false", false},
	"ClientFoundRows":      {"clientFoundRows=false", false},
	"ColumnsWithAlias":     {"columnsWithAlias=true", false},
	"InterpolateParams":    {"interpolateParams=true&collation=utf8mb4_bin", false},
	"MultiStatements":      {"multiStatements=true", false},
	"ParseTime":            {"parseTime=false", false},
	"RejectReadOnly":       {"rejectReadOnly=false", false},
	// No DSN says these.
	"Logger":   {"", false},
	"DialFunc": {"", false},
}

func TestADSNSaysWhereAndHowToSignInAndNothingElse(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	mysql.RegisterServerPubKey("freety-test", &key.PublicKey)
	t.Cleanup(func() { mysql.DeregisterServerPubKey("freety-test") })
	if err := mysql.RegisterTLSConfig("freety-test", &tls.Config{ServerName: "db.freety.example"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mysql.DeregisterTLSConfig("freety-test") })

	config := func(of func(dsn string) (*mysql.Config, error), options string) reflect.Value {
		t.Helper()
		c, err := of("freety:secret@tcp(db.freety.example:3307)/freety?" + options)
		if err != nil {
			t.Fatalf("%s: %v", options, err)
		}
		return reflect.ValueOf(c).Elem()
	}
	for field := range reflect.TypeFor[mysql.Config]().Fields() {
		if !field.IsExported() {
			continue
		}
		rule, decided := fieldsOfADSN[field.Name]
		if !decided {
			t.Errorf("is what a DSN says of %s kept? Decide, and say it in fieldsOfADSN", field.Name)
			continue
		}
		got := config(configFor, rule.says).FieldByIndex(field.Index).Interface()
		want := config(configFor, "").FieldByIndex(field.Index).Interface()
		if rule.kept {
			want = config(mysql.ParseDSN, rule.says).FieldByIndex(field.Index).Interface()
			if rule.says != "" && reflect.DeepEqual(want, config(mysql.ParseDSN, "").FieldByIndex(field.Index).Interface()) {
				t.Errorf("%s does not change %s", rule.says, field.Name)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v with %q, want %v (kept: %t)", field.Name, got, rule.says, want, rule.kept)
		}
	}
}
