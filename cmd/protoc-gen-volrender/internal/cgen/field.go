package cgen

import (
	"fmt"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// kind is how a kind of field looks in C: the member's type, the function that
// reads it, the type on the wire, and the name in the table of fields.
type kind struct {
	cType, read string
	wire        uint32
	table       string
}

var kinds = map[plan.Kind]kind{
	plan.Bool:      {"bool", "volint_bool", 0, "VOLINT_BOOL"},
	plan.Int32:     {"int32_t", "volint_int32", 0, "VOLINT_INT32"},
	plan.Sint32:    {"int32_t", "volint_sint32", 0, "VOLINT_INT32"},
	plan.Sfixed32:  {"int32_t", "volint_sfixed32", 5, "VOLINT_INT32"},
	plan.Uint32:    {"uint32_t", "volint_uint32", 0, "VOLINT_UINT32"},
	plan.Fixed32:   {"uint32_t", "volint_fixed32", 5, "VOLINT_UINT32"},
	plan.Int64:     {"int64_t", "volint_int64", 0, "VOLINT_INT64"},
	plan.Sint64:    {"int64_t", "volint_sint64", 0, "VOLINT_INT64"},
	plan.Sfixed64:  {"int64_t", "volint_sfixed64", 1, "VOLINT_INT64"},
	plan.Uint64:    {"uint64_t", "volint_uint64", 0, "VOLINT_UINT64"},
	plan.Fixed64:   {"uint64_t", "volint_fixed64", 1, "VOLINT_UINT64"},
	plan.Float:     {"float", "volint_float", 5, "VOLINT_FLOAT"},
	plan.Double:    {"double", "volint_double", 1, "VOLINT_DOUBLE"},
	plan.String:    {"volint_str", "volint_bytes", 2, "VOLINT_STRING"},
	plan.Bytes:     {"volint_str", "volint_bytes", 2, "VOLINT_BYTES"},
	plan.EnumKind:  {"int32_t", "volint_int32", 0, "VOLINT_ENUM"},
	plan.Timestamp: {"volint_timestamp", "volint_timestamp_field", 2, "VOLINT_TIMESTAMP"},
	plan.Absence:   {"volint_absence", "volint_int32", 0, "VOLINT_ENUM"},
}

var meanings = map[plan.Meaning]string{
	plan.Unspecified:      "VOLINT_PLAIN",
	plan.CanonicalAddress: "VOLINT_CANONICAL_ADDRESS",
	plan.Address:          "VOLINT_ADDRESS",
	plan.UnixSeconds:      "VOLINT_UNIX_SECONDS",
	plan.Hexadecimal:      "VOLINT_HEXADECIMAL",
}

type fieldView struct {
	Doc, Type, Name string
	// Tag is what a decoder meets in front of the value, Read the statement that
	// takes the value, Mark the one that notes its presence.
	Tag, Read, Mark string
	// Entry is the field's row in the table of fields.
	Entry string
}

func newField(m *plan.Message, f *plan.Field) fieldView {
	k := kinds[f.Kind]
	v := fieldView{
		Doc:   comment("    ", f.Doc, deprecation(f.Deprecated)),
		Type:  k.cType,
		Name:  f.CName,
		Tag:   fmt.Sprintf("%d", uint32(f.Number)<<3|k.wire),
		Read:  read(f, k),
		Entry: entry(m, f, k),
	}
	if f.Kind == plan.EnumKind && f.Enum.Local {
		v.Type = f.Enum.CName
	}
	if f.Bit >= 0 {
		v.Mark = fmt.Sprintf("has[%d] |= %s;", f.Bit/32, bit(f))
	}
	return v
}

func read(f *plan.Field, k kind) string {
	switch {
	case f.Kind == plan.Timestamp:
		return fmt.Sprintf("%s(&c, &row->%s);", k.read, f.CName)
	case f.ValidateUTF8:
		return fmt.Sprintf("row->%s = volint_utf8(&c);", f.CName)
	}
	return fmt.Sprintf("row->%s = %s(&c);", f.CName, k.read)
}

func entry(m *plan.Message, f *plan.Field, k kind) string {
	names := "NULL"
	switch f.Kind {
	case plan.EnumKind:
		names = namesTable(m, f)
	case plan.Absence:
		names = "volint_absence_names"
	}
	return strings.Join([]string{
		quote(f.Name),
		fmt.Sprint(f.Number),
		k.table,
		meanings[f.Meaning],
		fmt.Sprintf("offsetof(%s, %s)", m.CName, f.CName),
		fmt.Sprint(f.Bit),
		fmt.Sprint(f.HasAbsentValue),
		fmt.Sprintf("UINT64_C(%d)", f.AbsentValue),
		names,
	}, ", ")
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

// missing is the condition that a required field is not there.
func missing(m *plan.Message) string {
	masks := make([]uint32, words(m))
	for _, f := range m.Fields {
		if f.Presence == plan.Required {
			masks[f.Bit/32] |= 1 << (f.Bit % 32)
		}
	}
	var tests []string
	for i, mask := range masks {
		if mask != 0 {
			tests = append(tests, fmt.Sprintf("(~has[%d] & UINT32_C(0x%x)) != 0", i, mask))
		}
	}
	return strings.Join(tests, " || ")
}

// presence is the test that a field has a value, or "" where it always has one.
func presence(f *plan.Field) string {
	var tests []string
	if f.Bit >= 0 {
		tests = append(tests, fmt.Sprintf("volint_bit(row->has, %d)", f.Bit))
	}
	if f.HasAbsentValue {
		tests = append(tests, fmt.Sprintf("row->%s != %s", f.CName, absentValue(f)))
	}
	return strings.Join(tests, " && ")
}

// absentValue is the number that stands for "no value", in the member's type.
func absentValue(f *plan.Field) string {
	switch kinds[f.Kind].cType {
	case "uint64_t":
		return fmt.Sprintf("UINT64_C(%d)", f.AbsentValue)
	case "uint32_t":
		return fmt.Sprintf("UINT32_C(%d)", uint32(f.AbsentValue))
	case "int64_t":
		return int64Literal(int64(f.AbsentValue))
	}
	return int32Literal(int32(f.AbsentValue))
}
