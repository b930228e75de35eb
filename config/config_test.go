package config

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"
)

func key(id string, size int) string {
	return id + ":" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", size)))
}

func TestAnEmptyEnvironmentGivesTheDefaults(t *testing.T) {
	got, err := fromEnvironment(map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := filepath.Abs("data")
	want := Config{Addr: "127.0.0.1:8080", DataDir: dir, MailFrom: "Freety <no-reply@freety.example>", Limits: Limits{
		Read: Limit{600, time.Minute}, Search: Limit{120, time.Minute}, Write: Limit{60, time.Minute}, Upload: Limit{30, time.Minute}, Apply: Limit{20, time.Minute}, SignIn: Limit{60, time.Minute},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAllFaultsAreReportedAtOnceAndNoValueIsRepeated(t *testing.T) {
	_, err := fromEnvironment(map[string]string{
		"FREETY_ADDR":         "s3cret-addr",
		"FREETY_DATABASE_DSN": "root:s3cret@@",
		"FREETY_PUBLIC_URL":   "ftp://s3cret",
		"FREETY_SMTP_URL":     "s3cret",
		"FREETY_JWT_KEYS":     "main:s3cret",
		"FREETY_METRICS_ADDR": "s3cret",
		"FREETY_CORS_ORIGINS": "s3cret",
		"FREETY_LIMIT_SEARCH": "s3cret/m",
		"FREETY_DEMO":         "s3cret",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, variable := range []string{"ADDR", "DATABASE_DSN", "PUBLIC_URL", "SMTP_URL", "JWT_KEYS", "METRICS_ADDR", "CORS_ORIGINS", "LIMIT_SEARCH", "DEMO"} {
		if !strings.Contains(err.Error(), "FREETY_"+variable+": ") {
			t.Errorf("FREETY_%s is not named in: %v", variable, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a value is repeated: %v", err)
	}
}

func TestAProductionDatabaseNeedsKeys(t *testing.T) {
	dsn := map[string]string{"FREETY_DATABASE_DSN": "u:p@tcp(127.0.0.1:3306)/freety", "FREETY_S3_BUCKET": "photos"}
	if _, err := fromEnvironment(dsn); err == nil || !strings.Contains(err.Error(), "FREETY_JWT_KEYS") {
		t.Errorf("without keys: %v", err)
	}
	dsn["FREETY_JWT_KEYS"] = key("b", 48) + "," + key("a", 32)
	got, err := fromEnvironment(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.JWTKeys) != 2 || got.JWTKeys[0].ID != "b" || len(got.JWTKeys[0].Secret) != 48 {
		t.Errorf("keys: %+v", got.JWTKeys)
	}
}

func TestPhotosOfSeveralServersAreInOnePlace(t *testing.T) {
	for _, c := range []struct{ dsn, bucket, photos, fault string }{
		{"", "", "", ""},
		{"", "", "disk", ""},
		{"", "photos", "", ""},
		{"u:p@tcp(db:3306)/freety", "photos", "", ""},
		{"u:p@tcp(db:3306)/freety", "", "disk", ""},
		{"u:p@tcp(db:3306)/freety", "", "", "FREETY_S3_BUCKET: "},
		{"", "photos", "disk", "FREETY_PHOTOS: "},
		{"", "", "floppy", "FREETY_PHOTOS: "},
	} {
		_, err := fromEnvironment(map[string]string{"FREETY_DATABASE_DSN": c.dsn, "FREETY_S3_BUCKET": c.bucket, "FREETY_PHOTOS": c.photos, "FREETY_JWT_KEYS": key("a", 32)})
		if (err == nil) != (c.fault == "") || err != nil && !strings.HasPrefix(err.Error(), c.fault) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestADemoIsNoServerInEarnest(t *testing.T) {
	for _, c := range []struct {
		url, smtp, demo string
		refused         bool
	}{
		{"https://api.freety.example", "smtps://mail.freety.example", "true", true},
		{"https://api.freety.example", "smtps://mail.freety.example", "false", false},
		{"https://demo.freety.example", "", "true", false},
		{"", "smtp://localhost:1025", "true", false},
	} {
		_, err := fromEnvironment(map[string]string{"FREETY_PUBLIC_URL": c.url, "FREETY_SMTP_URL": c.smtp, "FREETY_DEMO": c.demo})
		if refused := err != nil && strings.Contains(err.Error(), "FREETY_DEMO: "); refused != c.refused {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestKeysAreCheckedOneByOne(t *testing.T) {
	for name, keys := range map[string]string{
		"no id":     ":" + strings.Repeat("A", 44),
		"no colon":  strings.Repeat("A", 44),
		"no base64": "a:" + strings.Repeat("?", 44),
		"too short": key("a", 31),
		"id twice":  key("a", 32) + "," + key("a", 33),
	} {
		if _, err := fromEnvironment(map[string]string{"FREETY_JWT_KEYS": keys}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestExampleEnvListsEveryVariableWithItsDefault(t *testing.T) {
	example, err := godotenv.Read("example.env")
	if err != nil {
		t.Fatal(err)
	}
	eachField(reflect.TypeFor[Config](), "", func(f reflect.StructField, name string) {
		value, listed := example[name]
		if !listed {
			t.Errorf("%s is missing in example.env", name)
		}
		want := f.Tag.Get("envDefault")
		if name == "FREETY_DEMO" {
			want = "false"
		}
		if value != want {
			t.Errorf("%s is %q in example.env, its default is %q", name, value, want)
		}
		delete(example, name)
	})
	for name := range example {
		t.Errorf("%s of example.env sets nothing", name)
	}
	if _, err := fromEnvironment(example); err != nil {
		t.Errorf("example.env does not load: %v", err)
	}
}

func TestADotEnvFileIsReadAndTheEnvironmentWins(t *testing.T) {
	t.Chdir(t.TempDir())
	// What runs the tests has variables of its own. Load sets what .env adds; Setenv
	// first makes the test put it all back.
	for _, variable := range append(os.Environ(), "FREETY_METRICS_ADDR=") {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("FREETY_ADDR", "127.0.0.1:1")
	if err := os.WriteFile(".env", []byte("FREETY_ADDR=127.0.0.1:2\nFREETY_METRICS_ADDR=127.0.0.1:3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got.Addr != "127.0.0.1:1" || got.MetricsAddr != "127.0.0.1:3" {
		t.Errorf("addr %s, metrics %s", got.Addr, got.MetricsAddr)
	}
}

func TestALimitIsANumberAndATime(t *testing.T) {
	for text, want := range map[string]Limit{"60/m": {60, time.Minute}, "1/s": {1, time.Second}, "500/h": {500, time.Hour}, "9/d": {9, 24 * time.Hour}, "0": {}} {
		got, err := fromEnvironment(map[string]string{"FREETY_LIMIT_WRITE": text})
		if err != nil || got.Limits.Write != want {
			t.Errorf("%s: got %v, %v", text, got.Limits.Write, err)
		}
	}
	for _, text := range []string{"60", "60/", "/m", "0/m", "-1/m", "60/w", "60/min", "6e1/m", "60 / m", "99999999999999999999/m"} {
		if _, err := fromEnvironment(map[string]string{"FREETY_LIMIT_WRITE": text}); err == nil || !strings.Contains(err.Error(), "FREETY_LIMIT_WRITE: must be a number") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
