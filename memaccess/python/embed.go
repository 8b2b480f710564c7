// Package python carries the Python sources through which Volatility reads a
// memory server: an address space for Volatility 2, and a handler and layers for
// Volatility 3. Each is one file, complete by itself.
package python

import _ "embed"

// The files' names. The first is the original's.
const (
	Volatility2 = "pmemaddressspace.py"
	Volatility3 = "volint_memory_layer.py"
)

//go:embed pmemaddressspace.py
var volatility2 string

//go:embed volint_memory_layer.py
var volatility3 string

// Source returns the name and the content of the file for a version of
// Volatility, 2 or 3.
func Source(version int) (name, content string) {
	if version == 2 {
		return Volatility2, volatility2
	}
	return Volatility3, volatility3
}
