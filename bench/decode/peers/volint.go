package peers

import (
	"iter"

	volint "github.com/volint/volint/bench/decode/build/go/volint/volintrow"
	"github.com/volint/volint/runtime/row"
)

// nestedRow and nestedRows are set where the generated code has Process.
var (
	nestedRow  func() (func([]byte) error, func() any)
	nestedRows func(*row.Reader) iter.Seq2[row.Row, error]
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
	if nestedRow == nil {
		return nil, nil
	}
	return nestedRow()
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
	return count(nestedRows(r))
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
