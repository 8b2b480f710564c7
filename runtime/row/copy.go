package row

import (
	"bytes"
	"math"
	"strings"
)

// What follows is for generated code.

// CloneText returns a string of its own.
func CloneText(s string) string { return strings.Clone(s) }

// CloneBlob returns bytes of their own, nil for nil.
func CloneBlob(b []byte) []byte { return bytes.Clone(b) }

// SameFloat reports whether two numbers are equal or neither is one.
func SameFloat[F float32 | float64](a, b F) bool { return a == b || a != a && b != b }

// IsSetFloat32 reports whether a field of implicit presence is written: only +0
// is not.
func IsSetFloat32(v float32) bool { return math.Float32bits(v) != 0 }

// IsSetFloat64 is IsSetFloat32 for 64 bits.
func IsSetFloat64(v float64) bool { return math.Float64bits(v) != 0 }
