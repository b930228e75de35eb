package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"freety/tools/e2e/gateway"
)

// metadata is version 2 of an instance's metadata service: without a token, which
// only a PUT gives, it tells nothing.
type metadata struct {
	*httptest.Server

	mu       sync.Mutex
	role     session
	lifetime time.Duration
	refusing bool // tokens, as an instance does behind too many hops
	down     bool
	counts   metadataCounts
}

type metadataCounts struct{ tokens, credentials, withoutToken int }

const metadataToken = "a metadata token"

func newMetadata(t *testing.T, role session) *metadata {
	t.Helper()
	m := &metadata{role: role, lifetime: 6 * time.Hour}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", m.token)
	mux.HandleFunc("GET /latest/meta-data/iam/security-credentials/{$}", m.guarded(func(w http.ResponseWriter) {
		_, _ = w.Write([]byte("freety"))
	}))
	mux.HandleFunc("GET /latest/meta-data/iam/security-credentials/freety", m.guarded(m.credentials))
	mux.HandleFunc("GET /latest/dynamic/instance-identity/document", m.guarded(func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(`{"region": "` + gateway.Region + `"}`))
	}))
	mux.HandleFunc("/", m.guarded(func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }))
	m.Server = httptest.NewServer(mux)
	t.Cleanup(m.Close)
	return m
}

func (m *metadata) token(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ttl := r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds")
	switch {
	case m.down:
		w.WriteHeader(http.StatusInternalServerError)
	case m.refusing:
		w.WriteHeader(http.StatusForbidden)
	case ttl == "":
		w.WriteHeader(http.StatusBadRequest)
	default:
		m.counts.tokens++
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl)
		_, _ = w.Write([]byte(metadataToken))
	}
}

func (m *metadata) guarded(answer func(http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		switch {
		case m.down:
			w.WriteHeader(http.StatusInternalServerError)
		case r.Header.Get("X-Aws-Ec2-Metadata-Token") != metadataToken:
			m.counts.withoutToken++
			w.WriteHeader(http.StatusUnauthorized)
		default:
			answer(w)
		}
	}
}

func (m *metadata) credentials(w http.ResponseWriter) {
	m.counts.credentials++
	_ = json.NewEncoder(w).Encode(map[string]string{
		"Code":            "Success",
		"Type":            "AWS-HMAC",
		"LastUpdated":     time.Now().UTC().Format(time.RFC3339),
		"AccessKeyId":     m.role.access,
		"SecretAccessKey": m.role.secret,
		"Token":           m.role.token,
		"Expiration":      time.Now().Add(m.lifetime).UTC().Format(time.RFC3339),
	})
}

// change alters what the service does from now on.
func (m *metadata) change(how func(*metadata)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	how(m)
}

func (m *metadata) seen() metadataCounts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}
