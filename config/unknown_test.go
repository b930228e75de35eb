package config

import (
	"maps"
	"strings"
	"testing"
)

func TestAnUnknownSettingIsRefusedWithTheNearestName(t *testing.T) {
	for name, nearest := range map[string]string{
		"FREETY_ADR":          "FREETY_ADDR",
		"FREETY_DATABSE_DSN":  "FREETY_DATABASE_DSN",
		"FREETY_DATABASE_URL": "FREETY_DATABASE_DSN",
		"FREETY_LIMIT_WRITES": "FREETY_LIMIT_WRITE",
		"FREETY_SMTP_URI":     "FREETY_SMTP_URL",
		"FREETY_addr":         "FREETY_ADDR",
		"FREETY_":             "FREETY_ADDR",
	} {
		_, err := fromEnvironment(map[string]string{name: "s3cret", "FREETY_DEMO": "s3cret"})
		if err == nil || !strings.Contains(err.Error(), name+": there is no such setting; did you mean "+nearest+"?") || !strings.Contains(err.Error(), "FREETY_DEMO: ") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a value is repeated: %v", err)
		}
	}
	if _, err := fromEnvironment(map[string]string{"FREETY": "x", "MY_FREETY_ADR": "x", "freety_adr": "x"}); err != nil {
		t.Errorf("what is no setting of ours: %v", err)
	}
}

// Kubernetes sets these, wanted or not, when a service is named freety or freety-db.
func TestWhatKubernetesSetsIsNoSetting(t *testing.T) {
	vars := map[string]string{
		"FREETY_SERVICE_HOST": "10.0.0.7", "FREETY_SERVICE_PORT": "8080", "FREETY_SERVICE_PORT_HTTP": "8080", "FREETY_PORT": "tcp://10.0.0.7:8080",
		"FREETY_PORT_8080_TCP": "tcp://10.0.0.7:8080", "FREETY_PORT_8080_TCP_PROTO": "tcp", "FREETY_PORT_8080_TCP_PORT": "8080", "FREETY_PORT_8080_TCP_ADDR": "10.0.0.7",
		"FREETY_DB_SERVICE_HOST": "10.0.0.8", "FREETY_DB_PORT": "tcp://10.0.0.8:3306", "FREETY_DB_PORT_3306_TCP_ADDR": "10.0.0.8",
	}
	if _, err := fromEnvironment(vars); err == nil || strings.Count(err.Error(), "no such setting") != len(vars) {
		t.Errorf("elsewhere: %v", err)
	}
	inCluster := maps.Clone(vars)
	inCluster["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
	if _, err := fromEnvironment(inCluster); err != nil {
		t.Errorf("in a cluster: %v", err)
	}
	inCluster["FREETY_REPORT"] = "x"
	if _, err := fromEnvironment(inCluster); err == nil {
		t.Error("a mistake in a cluster is let through")
	}
}
