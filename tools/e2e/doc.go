// Package e2e tests Freety against servers that it meets in production. It is a
// module of its own, so that the weight of what it takes for that, here and in
// the packages below, stays out of Freety's: run `go test ./...` in this folder.
package e2e
