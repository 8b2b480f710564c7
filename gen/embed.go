// Package gen carries what protoc-gen-volrender makes of the shipped schemas for
// C and Python. The Go packages lie below gen/go.
package gen

import "embed"

// Files holds "c", "python" for programs, and the two plug-in folders "python2" and
// "python3".
//
//go:embed c python/*.py python2 python3
var Files embed.FS
