// Package conformance holds the tests that have Google's conformance runner
// drive programs made from generated code: what it sends is decoded and encoded
// again in Go, C and Python. docs/conformance.md says how to run them.
package conformance
