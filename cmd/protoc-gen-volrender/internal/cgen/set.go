package cgen

import (
	"fmt"
	"maps"
	"slices"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// setterView are the functions that give a field a value and take it away.
type setterView struct {
	Function, Clear, Message, Value string
	Index                           int
	Lines                           []string
}

// newSetter is for a field with a presence to be seen to, which programs would
// forget: its bit, and the other members of its oneof.
func newSetter(m *plan.Message, f *plan.Field) setterView {
	v := setterView{
		Function: m.CName + "_set_" + f.CName,
		Clear:    m.CName + "_clear_" + f.CName,
		Message:  m.CName,
		Value:    single(f, "value"),
		Index:    slices.Index(m.Fields, f),
	}
	if f.Oneof != nil {
		v.Lines = unset(m, f)
	}
	v.Lines = append(v.Lines, fmt.Sprintf("row->%s = value;", f.CName))
	if f.Bit >= 0 {
		v.Lines = append(v.Lines, fmt.Sprintf("row->has[%d] |= %s;", f.Bit/32, bit(f)))
	}
	return v
}

// unset are the statements after which no other member of the field's oneof has a
// value.
func unset(m *plan.Message, f *plan.Field) []string {
	var lines []string
	masks := map[int]uint32{}
	for _, i := range f.Oneof.Fields {
		switch other := m.Fields[i]; {
		case other == f:
		case other.Bit < 0:
			lines = append(lines, fmt.Sprintf("row->%s = NULL;", other.CName))
		default:
			masks[other.Bit/32] |= 1 << (other.Bit % 32)
		}
	}
	for _, word := range slices.Sorted(maps.Keys(masks)) {
		lines = append(lines, fmt.Sprintf("row->has[%d] &= ~UINT32_C(0x%x);", word, masks[word]))
	}
	return lines
}
