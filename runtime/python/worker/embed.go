// Package worker carries the Python sources of the worker: the program that runs
// Volatility as a library and sends rows. Package session starts it.
package worker

import "embed"

// FS holds the sources, all in its root. boot.py makes a worker of the others;
// probe.py stands alone.
//
//go:embed *.py
var FS embed.FS
