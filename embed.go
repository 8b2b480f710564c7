// Package volint carries the schemas and the sources in C, for
// `volint schema init` and `volint export`. Programs use the packages below it:
// runtime/row, runtime/session, and what is generated in gen/go.
package volint

import "embed"

// Schema holds the schemas, below "schema".
//
//go:embed schema/*.proto schema/volint
var Schema embed.FS

// RuntimeC holds the C runtime, in "runtime/c".
//
//go:embed runtime/c/*.c runtime/c/*.h
var RuntimeC embed.FS

// MemoryC holds the client and the server of a machine's memory, in "memaccess/c".
//
//go:embed memaccess/c/*.c memaccess/c/*.h
var MemoryC embed.FS
