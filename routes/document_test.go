package routes_test

import (
	"path"
	"testing"
)

func TestEveryParameterAndPropertyIsDescribed(t *testing.T) {
	document := table().Document()
	schemas := document["components"].(object)["schemas"].(object)
	// One that refers to a type may leave the description to it.
	isDescribed := func(node object) bool {
		ref, _ := node["$ref"].(string)
		named, _ := schemas[path.Base(ref)].(object)
		return node["description"] != nil || named["description"] != nil
	}
	described := 0
	walk(document, "", func(at string, node object) {
		if _, isParameter := node["in"]; !isParameter && path.Base(path.Dir(at)) != "properties" {
			return
		}
		if !isDescribed(node) {
			t.Errorf("%s %v has no description", at, node["name"])
		}
		described++
	})
	if described < 200 {
		t.Errorf("only %d were found", described)
	}
}
