package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

const prefix = "FREETY_"

// ofService finds what Kubernetes tells every container about a service that is
// named freety, or freety- and something.
var ofService = regexp.MustCompile(`_SERVICE_(HOST|PORT)(_|$)|_PORT(_\d+_[A-Z]+(_|$)|$)`)

// unknown finds the variables that look like settings and are none: a mistake in
// a name would otherwise leave the default in force without a word.
func unknown(vars map[string]string) (faults []error) {
	var settings []string
	eachField(reflect.TypeFor[Config](), "", func(_ reflect.StructField, variable string) { settings = append(settings, variable) })
	_, inKubernetes := vars["KUBERNETES_SERVICE_HOST"]
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !strings.HasPrefix(name, prefix) || slices.Contains(settings, name) || inKubernetes && ofService.MatchString(name) {
			continue
		}
		nearest := slices.MinFunc(settings, func(a, b string) int {
			return levenshtein.ComputeDistance(a, name) - levenshtein.ComputeDistance(b, name)
		})
		faults = append(faults, fmt.Errorf("%s: there is no such setting; did you mean %s?", name, nearest))
	}
	return faults
}
