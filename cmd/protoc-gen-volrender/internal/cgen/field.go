package cgen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// member is a field's declaration in its struct, without the semicolon.
func member(m *plan.Message, f *plan.Field) string {
	switch {
	case f.Label == plan.Map:
		return list(entryName(m, f), f.CName)
	case f.Label == plan.Repeated:
		return list(kindOf(f).cType, f.CName)
	}
	return single(f, f.CName)
}

func list(item, name string) string {
	return fmt.Sprintf("struct { const %s *items; size_t count; } %s", item, name)
}

// single declares one value: a message is pointed to.
func single(f *plan.Field, name string) string {
	if f.Kind == plan.MessageKind {
		return fmt.Sprintf("const %s *%s", f.Message.CName, name)
	}
	return kindOf(f).cType + " " + name
}

// none is what a member is without a value.
func none(f *plan.Field) string {
	switch {
	case f.Label != plan.Singular:
		return "{NULL, 0}"
	case f.Kind == plan.MessageKind:
		return "NULL"
	case f.Kind == plan.Timestamp:
		return "{0, 0}"
	}
	return value(f, f.Default)
}

// value is a number's or a text's initializer.
func value(f *plan.Field, d plan.Default) string {
	switch f.Kind {
	case plan.String, plan.Bytes:
		return fmt.Sprintf("{%s, %d}", quote(d.Text), len(d.Text))
	case plan.Bool:
		return fmt.Sprint(d.Bits != 0)
	case plan.Float, plan.Double:
		return realLiteral(d.Bits, f.Kind == plan.Float)
	}
	return integer(f.Kind, d.Bits)
}

// integer is a number in the type of a kind.
func integer(k plan.Kind, bits uint64) string {
	switch kinds[k].cType {
	case "uint64_t":
		return fmt.Sprintf("UINT64_C(%d)", bits)
	case "uint32_t":
		return fmt.Sprintf("UINT32_C(%d)", uint32(bits))
	case "int64_t":
		return int64Literal(int64(bits))
	}
	return int32Literal(int32(bits))
}

// entry is a field's line in the table of its message's fields.
type entry struct {
	structName, member string
	// values names the table of an enum's names, message that of a message.
	values, message string
	oneof           int
}

func (e entry) print(f *plan.Field) string {
	k := kindOf(f)
	if f.Label == plan.Map {
		k.coding = kinds[plan.MessageKind].coding
	}
	return strings.Join([]string{
		quote(f.Name),
		fmt.Sprint(f.Number),
		fmt.Sprintf("offsetof(%s, %s)", e.structName, e.member),
		k.table,
		labels[f.Label],
		meanings[f.Meaning],
		fmt.Sprint(f.Bit),
		fmt.Sprint(e.oneof),
		k.coding,
		rules(f),
		fmt.Sprintf("UINT64_C(%d)", f.AbsentValue),
		e.values,
		e.message,
	}, ", ")
}

func rules(f *plan.Field) string {
	var set []string
	if f.Packed {
		set = append(set, "VOLINT_RULE_PACKED")
	}
	if f.Presence == plan.Required {
		set = append(set, "VOLINT_RULE_REQUIRED")
	}
	if f.HasAbsentValue {
		set = append(set, "VOLINT_RULE_ABSENT")
	}
	return cmp.Or(strings.Join(set, " | "), "0")
}

// newEntry is where the parts of a message's field are found.
func newEntry(m *plan.Message, f *plan.Field) entry {
	e := entry{structName: m.CName, member: f.CName, values: valuesTable(m, f), message: messageTable(f)}
	if f.Label == plan.Map {
		e.message = "&" + entryName(m, f) + "_message"
	}
	if f.Oneof != nil {
		e.oneof = 1 + slices.Index(m.Oneofs, f.Oneof)
	}
	return e
}

func valuesTable(m *plan.Message, f *plan.Field) string {
	switch f.Kind {
	case plan.EnumKind:
		return namesTable(m, f)
	case plan.Absence:
		return "volint_absence_names"
	}
	return "NULL"
}

func messageTable(f *plan.Field) string {
	switch f.Kind {
	case plan.MessageKind:
		return "&" + f.Message.CName + "_message"
	case plan.Timestamp:
		return "&volint_timestamp_message"
	}
	return "NULL"
}

// bit is the mask of a field in its word of presence bits.
func bit(f *plan.Field) string { return fmt.Sprintf("UINT32_C(0x%x)", uint32(1)<<(f.Bit%32)) }

// words is how many words hold a message's presence bits. There is always one:
// C has no empty arrays.
func words(m *plan.Message) int {
	n := 1
	for _, f := range m.Fields {
		n = max(n, f.Bit/32+1)
	}
	return n
}

// isSet is the test that a field has been given a value, or "" where that can't
// be told.
func isSet(f *plan.Field) string {
	switch {
	case f.Bit >= 0:
		return fmt.Sprintf("volint_bit(row->has, %d)", f.Bit)
	case f.Label == plan.Singular && f.Kind == plan.MessageKind:
		return fmt.Sprintf("row->%s != NULL", f.CName)
	}
	return ""
}

// presence is the test that a field has a value, or "" where it always has one.
func presence(f *plan.Field) string {
	var tests []string
	if test := isSet(f); test != "" {
		tests = append(tests, test)
	}
	if f.HasAbsentValue && f.Label == plan.Singular {
		tests = append(tests, fmt.Sprintf("row->%s != %s", f.CName, integer(f.Kind, f.AbsentValue)))
	}
	return strings.Join(tests, " && ")
}
