package pygen

import (
	"fmt"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// functions of the support module that make a field of each kind.
var functions = map[plan.Kind]string{
	plan.Bool:      "bool_",
	plan.Int32:     "int32",
	plan.Sint32:    "sint32",
	plan.Sfixed32:  "sfixed32",
	plan.Uint32:    "uint32",
	plan.Fixed32:   "fixed32",
	plan.Int64:     "int64",
	plan.Sint64:    "sint64",
	plan.Sfixed64:  "sfixed64",
	plan.Uint64:    "uint64",
	plan.Fixed64:   "fixed64",
	plan.Float:     "float_",
	plan.Double:    "double",
	plan.String:    "string",
	plan.Bytes:     "bytes_",
	plan.EnumKind:  "enum",
	plan.Timestamp: "timestamp",
	plan.Absence:   "absence",
}

// field prints a field as a call: uint64(1, "offset", column="offset").
func (v *version) field(f filled) string {
	args := []string{fmt.Sprint(f.Number), v.literal(f.Name)}
	add := func(format string, a ...any) { args = append(args, fmt.Sprintf(format, a...)) }
	if f.of != nil {
		add("of=%s", v.literal(f.of.Name))
	}
	if f.Kind == plan.EnumKind {
		add("%s", v.numbers(f.Enum))
		if f.Enum.Closed {
			add("closed=True")
		}
	}
	if f.cell.Column != "" {
		add("column=%s", v.literal(f.cell.Column))
	}
	if f.cell.Title != "" && f.cell.Title != f.Name {
		add("title=%s", v.literal(f.cell.Title))
	}
	flags := []struct {
		set  bool
		name string
	}{
		{f.cell.Depth, "depth"},
		{f.Meaning == plan.CanonicalAddress, "canonical"},
		{f.Presence == plan.Implicit, "implicit"},
		{f.Presence == plan.Required, "required"},
	}
	for _, flag := range flags {
		if flag.set {
			add("%s=True", flag.name)
		}
	}
	if f.HasAbsentValue {
		add("absent_value=%s", absentValue(f.Field))
	}
	return functions[f.Kind] + "(" + strings.Join(args, ", ") + ")"
}

// absentValue prints the number that stands for no value.
func absentValue(f *plan.Field) string {
	switch f.Kind {
	case plan.Int32, plan.Sint32, plan.Sfixed32:
		return fmt.Sprint(int32(f.AbsentValue))
	case plan.Int64, plan.Sint64, plan.Sfixed64:
		return fmt.Sprint(int64(f.AbsentValue))
	}
	return fmt.Sprintf("%#x", f.AbsentValue)
}

// numbers prints an enum's names and numbers.
func (v *version) numbers(e *plan.Enum) string {
	parts := make([]string, len(e.Values))
	for i, value := range e.Values {
		parts[i] = fmt.Sprintf("%s: %d", v.literal(value.Name), value.Number)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// fast fills in the fast encoder and notes what it uses of the support module.
func (m *message) fast(fields []filled, used map[string]bool) {
	used["join"] = true
	var puts, values []string
	for _, f := range fields {
		if f.of != nil {
			continue // a fast row has all values, and so no absence to tell
		}
		put, value := "t_"+f.Name, "v_"+f.Name
		puts, values = append(puts, put), append(values, value)
		if prepare := prepares[f.Kind]; prepare != "" {
			used[prepare] = true
			m.Prepare = append(m.Prepare, fmt.Sprintf("%s = %s(%s)", value, prepare, value))
			m.Put = append(m.Put, fmt.Sprintf("%s[len(%s)], %s,", put, value, value))
			continue
		}
		m.Put = append(m.Put, number(f.Field, put, value, used)+",")
	}
	m.Puts, m.Values = targets(puts, "    "), targets(values, "        ")
}

// prepares names the function that checks a value which goes out as it is, after
// its length.
var prepares = map[plan.Kind]string{plan.String: "fast_text", plan.Bytes: "fast_bytes"}

func number(f *plan.Field, put, value string, used map[string]bool) string {
	switch {
	case f.Kind == plan.Uint32:
		used["MASK32"] = true
		return fmt.Sprintf("%s[%s & MASK32]", put, value)
	case f.Kind == plan.Uint64 && f.Meaning == plan.CanonicalAddress:
		used["sign_extend"] = true
		return fmt.Sprintf("%s(sign_extend(%s))", put, value)
	case f.Kind == plan.Uint64:
		used["MASK64"] = true
		return fmt.Sprintf("%s(%s & MASK64)", put, value)
	}
	return fmt.Sprintf("%s(%s)", put, value)
}
