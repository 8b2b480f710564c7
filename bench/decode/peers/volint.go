package peers

import (
	"iter"

	volint "github.com/volint/volint/bench/decode/build/go/volint/volintrow"
	"github.com/volint/volint/runtime/row"
)

func volintReused(set string) (func([]byte) error, func() any) {
	switch set {
	case "pslist":
		m := new(volint.LinuxPslistTask)
		return func(frame []byte) error { return m.Decode(frame) }, func() any { return m }
	case "mixed":
		m := new(volint.Mixed)
		return func(frame []byte) error { return m.Decode(frame) }, func() any { return m }
	case "kallsyms":
		m := new(volint.Symbol)
		return func(frame []byte) error { return m.Decode(frame) }, func() any { return m }
	}
	m := new(volint.Process)
	return func(frame []byte) error { return m.Decode(frame) }, func() any { return m }
}

// countRows reads a stream to its end by row.Rows and returns the number of rows.
func countRows(set string, r *row.Reader) (int, error) {
	switch set {
	case "pslist":
		return count(row.Rows[volint.LinuxPslistTask](r))
	case "mixed":
		return count(row.Rows[volint.Mixed](r))
	case "kallsyms":
		return count(row.Rows[volint.Symbol](r))
	}
	return count(row.Rows[volint.Process](r))
}

func count[T any](all iter.Seq2[T, error]) (n int, err error) {
	for _, err := range all {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
