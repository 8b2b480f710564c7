package cgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// putView is a field in a writer: the test that it is written, and the statement
// that writes it.
type putView struct{ Test, Statement string }

// puts are the fields of a message as its own writer puts them, which begins with
// the last so that a length is known when it is written.
func puts(m *plan.Message) []putView {
	var out []putView
	for _, i := range slices.Backward(byNumber(m)) {
		out = append(out, putView{isWritten(m.Fields[i]), put(m, i)})
	}
	return out
}

// put is the statement that writes a field. What is no plain value, or has a long
// tag, is left to volint.c.
func put(m *plan.Message, index int) string {
	f := m.Fields[index]
	read := kinds[f.Kind].read
	if f.Label != plan.Singular || read == "" || tag(f) > largestTag {
		return fmt.Sprintf("volint_put_part(&c, &%s_message, row, %d);", m.CName, index)
	}
	return fmt.Sprintf("volint_put_%s(&c, %d, row->%s);", strings.TrimPrefix(read, "volint_"), tag(f), f.CName)
}

// isWritten is the test that a field is written: one without presence is unless it
// is empty or zero, and minus zero is not.
func isWritten(f *plan.Field) string {
	if f.Label != plan.Singular {
		return fmt.Sprintf("row->%s.count != 0", f.CName)
	}
	if test := isSet(f); test != "" {
		return test
	}
	switch f.Kind {
	case plan.Bool:
		return "row->" + f.CName
	case plan.String, plan.Bytes:
		return fmt.Sprintf("row->%s.size != 0", f.CName)
	case plan.Float:
		return fmt.Sprintf("volint_float_bits(row->%s) != 0", f.CName)
	case plan.Double:
		return fmt.Sprintf("volint_double_bits(row->%s) != 0", f.CName)
	}
	return fmt.Sprintf("row->%s != 0", f.CName)
}
