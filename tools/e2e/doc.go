// Package e2e tests Freety against servers like those in production. It is a
// module of its own, so that what it depends on, here and in the packages below,
// stays out of Freety's module: run `go test ./...` in this folder.
package e2e
