// Package tests tests the C client and server of the memory-access protocol. It is a
// package of its own: Go takes no folder that holds C sources for one.
package tests
