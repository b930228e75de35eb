// Package config reads the server's settings from the environment.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/go-sql-driver/mysql"
	"github.com/joho/godotenv"
)

// Config is everything that can be set. An empty variable counts as unset.
type Config struct {
	Addr        string         `env:"FREETY_ADDR" envDefault:"127.0.0.1:8080"` // host:port the API listens on
	DataDir     string         `env:"FREETY_DATA_DIR" envDefault:"./data"`     // private database, photos, mails and keys, unless a variable puts them elsewhere
	DatabaseDSN string         `env:"FREETY_DATABASE_DSN"`                     // user:password@tcp(host:3306)/freety; empty: a private MariaDB in the data folder
	PublicURL   string         `env:"FREETY_PUBLIC_URL"`                       // URL at which clients reach the server; empty: http:// and the address it listens on
	S3Bucket    string         `env:"FREETY_S3_BUCKET"`                        // photos; empty: the data folder, but with a DSN only if Photos says so
	Photos      string         `env:"FREETY_PHOTOS"`                           // disk: the data folder also with a DSN, for one server alone
	SMTPURL     string         `env:"FREETY_SMTP_URL"`                         // smtp://user:password@host:587 or smtps://…; empty: .eml files in the data folder
	MailFrom    string         `env:"FREETY_MAIL_FROM" envDefault:"Freety <no-reply@freety.example>"`
	JWTKeys     []JWTKey       `env:"FREETY_JWT_KEYS"`        // id:base64,id:base64…; the first signs, all verify; empty: made once and kept in the data folder
	MetricsAddr string         `env:"FREETY_METRICS_ADDR"`    // host:port for Prometheus; empty: off
	CORSOrigins []string       `env:"FREETY_CORS_ORIGINS"`    // origins whose pages may call the API; empty: none
	Proxies     []netip.Prefix `env:"FREETY_TRUSTED_PROXIES"` // networks whose X-Forwarded-For is believed; empty: none
	Limits      Limits         `envPrefix:"FREETY_LIMIT_"`    // counted in each process by itself
	Demo        bool           `env:"FREETY_DEMO"`            // demo data in an empty database, /demo routes, wide limits
}

// JWTKey is one key that access tokens are signed with.
type JWTKey struct {
	ID     string
	Secret []byte
}

const shortestSecret = 32

// UnmarshalText reads "id:base64".
func (k *JWTKey) UnmarshalText(text []byte) error {
	id, encoded, ok := strings.Cut(string(text), ":")
	if !ok || id == "" {
		return errors.New("each key is id:base64")
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return errors.New("a key is not base64")
	}
	if len(secret) < shortestSecret {
		return fmt.Errorf("a key has fewer than %d bytes", shortestSecret)
	}
	*k = JWTKey{ID: id, Secret: secret}
	return nil
}

// Load reads the environment and, for what is not set there, the file .env of the
// working directory, if there is one. The error names every variable that is
// wrong, and repeats no value.
func Load() (Config, error) {
	if err := godotenv.Load(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Config{}, errors.New(".env cannot be read: each line is NAME=value")
	}
	return fromEnvironment(env.ToMap(os.Environ()))
}

func fromEnvironment(vars map[string]string) (Config, error) {
	var c Config
	faults := unknown(vars)
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		faults = append(faults, withoutValues(err)...)
	}
	faults = append(faults, c.check()...)
	if len(faults) > 0 {
		return Config{}, errors.Join(faults...)
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return Config{}, fmt.Errorf("FREETY_DATA_DIR: %w", err)
	}
	c.DataDir = dir
	return c, nil
}

func (c *Config) check() (faults []error) {
	fault := func(variable, format string, args ...any) {
		faults = append(faults, fmt.Errorf(variable+": "+format, args...))
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		fault("FREETY_ADDR", "must be host:port")
	}
	if c.MetricsAddr != "" {
		if _, _, err := net.SplitHostPort(c.MetricsAddr); err != nil {
			fault("FREETY_METRICS_ADDR", "must be host:port")
		}
	}
	if c.PublicURL != "" && !hasScheme(c.PublicURL, "http", "https") {
		fault("FREETY_PUBLIC_URL", "must begin with http:// or https:// and name a host")
	}
	if c.SMTPURL != "" && !hasScheme(c.SMTPURL, "smtp", "smtps") {
		fault("FREETY_SMTP_URL", "must begin with smtp:// or smtps:// and name a host")
	}
	if c.Demo && c.SMTPURL != "" && hasScheme(c.PublicURL, "https") {
		fault("FREETY_DEMO", "is for no server that people reach by https and that sends them mail by FREETY_SMTP_URL: in a demo anybody reads all mails and deletes everything")
	}
	for _, origin := range c.CORSOrigins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || !hasScheme(origin, "http", "https") || u.Path != "") {
			fault("FREETY_CORS_ORIGINS", "each origin must be http:// or https:// and a host, without a path, or be *")
			break
		}
	}
	if c.Photos != "" && c.Photos != "disk" {
		fault("FREETY_PHOTOS", "must be disk or empty")
	}
	if c.Photos == "disk" && c.S3Bucket != "" {
		fault("FREETY_PHOTOS", "is disk, but FREETY_S3_BUCKET is set too; unset one of them")
	}
	ids := map[string]bool{}
	for _, key := range c.JWTKeys {
		if ids[key.ID] {
			fault("FREETY_JWT_KEYS", "two keys have the same id")
		}
		ids[key.ID] = true
	}
	if c.DatabaseDSN != "" {
		if dsn, err := mysql.ParseDSN(c.DatabaseDSN); err != nil {
			fault("FREETY_DATABASE_DSN", "must be user:password@tcp(host:port)/database")
		} else if dsn.DBName == "" {
			fault("FREETY_DATABASE_DSN", "names no database; add /freety at its end")
		}
		if c.S3Bucket == "" && c.Photos == "" {
			fault("FREETY_S3_BUCKET", "is needed with FREETY_DATABASE_DSN, so that all servers show the same photos; FREETY_PHOTOS=disk says that this server is the only one, and keeps them in its data folder")
		}
		if len(c.JWTKeys) == 0 {
			fault("FREETY_JWT_KEYS", "is needed with FREETY_DATABASE_DSN, so that all servers use the same keys: set it to main:$(openssl rand -base64 48)")
		}
	}
	return faults
}

func hasScheme(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && slices.Contains(schemes, u.Scheme)
}

// withoutValues names the variable of each parse error. The library's own text
// would repeat the value, which may be a secret.
func withoutValues(err error) (faults []error) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{errors.New("the environment cannot be read")}
	}
	for _, e := range all.Errors {
		var parse env.ParseError
		if !errors.As(e, &parse) {
			faults = append(faults, errors.New("the environment cannot be read"))
			continue
		}
		switch name := variables()[parse.Name]; name {
		case "FREETY_DEMO":
			faults = append(faults, fmt.Errorf("%s: must be true or false", name))
		default:
			faults = append(faults, fmt.Errorf("%s: %w", name, parse.Err))
		}
	}
	return faults
}

// variables maps the fields of Config to the variables that set them.
func variables() map[string]string {
	names := map[string]string{}
	eachField(reflect.TypeFor[Config](), "", func(f reflect.StructField, variable string) { names[f.Name] = variable })
	return names
}

func eachField(of reflect.Type, prefix string, do func(f reflect.StructField, variable string)) {
	for f := range of.Fields() {
		if inner, ok := f.Tag.Lookup("envPrefix"); ok {
			eachField(f.Type, prefix+inner, do)
		} else {
			do(f, prefix+f.Tag.Get("env"))
		}
	}
}
