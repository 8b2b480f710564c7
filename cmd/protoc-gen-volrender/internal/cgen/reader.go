package cgen

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// step is a field in a reader: its tag, and the statements that take its value.
type step struct {
	Tag        uint32
	Statements []string
}

// largestTag is the largest of two bytes: volint_at knows no longer ones.
const largestTag = 1<<14 - 1

// steps are the fields of a message that its own reader takes, in the order in
// which they are written. The members of a oneof are left to volint.c, which
// knows which others they replace.
func steps(m *plan.Message) []step {
	var out []step
	for _, i := range byNumber(m) {
		f := m.Fields[i]
		if tag := tag(f); tag <= largestTag && f.Oneof == nil {
			out = append(out, step{tag, statements(m, f, i)})
		}
	}
	return out
}

func tag(f *plan.Field) uint32 {
	wire := kindOf(f).wire
	if f.Label == plan.Map || f.Packed {
		wire = wireBytes
	}
	return uint32(f.Number)<<3 | wire
}

func statements(m *plan.Message, f *plan.Field, index int) []string {
	read := kindOf(f).read
	if f.Label != plan.Singular || read == "" {
		return []string{fmt.Sprintf("volint_take_part(&c, d, &%s_message, row, %d);", m.CName, index)}
	}
	out := []string{fmt.Sprintf("row->%s = %s(&c, d);", f.CName, read)}
	if f.Bit >= 0 {
		out = append(out, fmt.Sprintf("has[%d] |= %s;", f.Bit/32, bit(f)))
	}
	return out
}

// byNumber are the indexes of a message's fields in the order of their numbers.
func byNumber(m *plan.Message) []int {
	order := make([]int, len(m.Fields))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(m.Fields[a].Number, m.Fields[b].Number) })
	return order
}

// marks says whether a reader notes the presence of fields.
func marks(all []step) bool {
	return slices.ContainsFunc(all, func(s step) bool { return len(s.Statements) > 1 })
}
