// Package tests tests the C runtime. It is a package of its own: Go takes no
// folder that holds C sources for one.
package tests
