package schema

import (
	"fmt"
	"strings"
)

// fields gives a message n fields, or a few more.
func (g *generator) fields(m *message, n int) {
	m.taken = map[string]bool{}
	for _, other := range m.nested {
		m.taken[folded(other.name)] = true
	}
	for _, other := range m.enums {
		m.taken[folded(other.name)] = true
	}
	for n > 0 {
		switch {
		case g.one(8):
			members := 1 + g.IntN(4)
			m.body = append(m.body, "oneof "+g.name(m)+" {")
			for range members {
				m.body = append(m.body, "  "+g.field(m, oneofMember))
			}
			m.body = append(m.body, "}")
			n -= members
		case g.one(9):
			m.body = append(m.body, g.mapField(m))
			n--
		case m.file.syntax == proto2 && g.one(12):
			m.body = append(m.body, g.group(m)...)
			n--
		case g.one(3):
			m.body = append(m.body, g.field(m, repeated))
			n--
		default:
			m.body = append(m.body, g.field(m, singular))
			n--
		}
	}
	if m.file.syntax != proto3 && g.one(4) && m.number < 18000 {
		m.body = append(m.body, fmt.Sprintf("extensions %d to %d;", m.number+1, m.number+9))
	}
}

type shape int

const (
	singular shape = iota
	repeated
	oneofMember
)

// field makes a field's line.
func (g *generator) field(m *message, s shape) string {
	t := g.typ(m)
	label, options := "", []string(nil)
	explicit := true
	switch {
	case s == oneofMember:
	case s == repeated:
		label = "repeated "
		options = g.packing(m, t)
	case m.file.syntax == proto2:
		label = "optional "
		if t.scalar && !m.root && g.one(20) {
			label = "required "
		}
	case m.file.syntax == proto3 && g.one(2):
		label = "optional "
	case m.file.syntax == proto3:
		explicit = false
	case t.scalar:
		options, explicit = g.presence(m, t)
	}
	if t.message && m.file.syntax == edition && g.one(4) {
		options = append(options, "features.message_encoding = "+pick(g, []string{"DELIMITED", "LENGTH_PREFIXED"}))
	}
	if t.name == "string" && m.file.syntax == edition && g.one(5) {
		options = append(options, "features.utf8_validation = "+pick(g, []string{"NONE", "VERIFY"}))
	}
	if t.literal != "" && explicit && s != repeated && m.file.syntax != proto3 && g.one(3) {
		options = append(options, "default = "+t.literal)
	}
	return fmt.Sprintf("%s%s %s = %d%s;", label, t.name, g.name(m), g.next(m), list(options))
}

// presence chooses a presence in an edition.
func (g *generator) presence(m *message, t typ) (options []string, explicit bool) {
	implicit := m.file.has("IMPLICIT")
	choice := ""
	switch {
	case g.one(4) && !t.closed:
		choice = "IMPLICIT"
	case g.one(20) && !m.root:
		choice = "LEGACY_REQUIRED"
	case g.one(6):
		choice = "EXPLICIT"
	}
	if choice != "" {
		implicit = choice == "IMPLICIT"
		options = append(options, "features.field_presence = "+choice)
	}
	return options, !implicit
}

func (g *generator) packing(m *message, t typ) []string {
	if !t.packable || !g.one(3) {
		return nil
	}
	if m.file.syntax == edition {
		return []string{"features.repeated_field_encoding = " + pick(g, []string{"PACKED", "EXPANDED"})}
	}
	return []string{"packed = " + pick(g, []string{"true", "false"})}
}

func (g *generator) mapField(m *message) string {
	key := pick(g, []string{"int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
		"sfixed32", "sfixed64", "bool", "string", "string", "string"})
	t := g.typ(m)
	for t.closed && !t.zero {
		t = g.typ(m)
	}
	return fmt.Sprintf("map<%s, %s> %s = %d;", key, t.name, g.name(m), g.next(m))
}

// group is proto2's own: a field and its type in one.
func (g *generator) group(m *message) []string {
	name := fmt.Sprintf("Group%d", m.number)
	m.taken[folded(name)] = true
	inner := &message{name: name, full: m.full + "." + name, file: m.file}
	g.fields(inner, 1+g.IntN(3))
	label := pick(g, []string{"optional", "repeated"})
	lines := []string{fmt.Sprintf("%s group %s = %d {", label, name, g.next(m))}
	for _, line := range inner.body {
		lines = append(lines, "  "+line)
	}
	return append(lines, "}")
}

// typ is a field's type.
type typ struct {
	name                  string
	scalar, packable      bool
	message, closed, zero bool
	literal               string
}

var scalars = []typ{
	{name: "bool", packable: true, literal: "true"},
	{name: "int32", packable: true, literal: "-20"},
	{name: "sint32", packable: true, literal: "-2147483648"},
	{name: "sfixed32", packable: true, literal: "2147483647"},
	{name: "uint32", packable: true, literal: "4294967295"},
	{name: "fixed32", packable: true, literal: "7"},
	{name: "int64", packable: true, literal: "-9223372036854775808"},
	{name: "sint64", packable: true, literal: "9223372036854775807"},
	{name: "sfixed64", packable: true, literal: "-1"},
	{name: "uint64", packable: true, literal: "18446744073709551615"},
	{name: "fixed64", packable: true, literal: "0xffff888000000000"},
	{name: "float", packable: true, literal: "-inf"},
	{name: "double", packable: true, literal: "1.5e-300"},
	{name: "string", literal: `"a\n\"??=\xe2\x82\xac"`},
	{name: "bytes", literal: `"\000\377\"x"`},
}

// typ chooses a type for a field of m.
func (g *generator) typ(m *message) typ {
	switch n := g.IntN(20); {
	case n < 5:
		if t, ok := g.messageType(m); ok {
			return t
		}
	case n < 7:
		if t, ok := g.enumType(m); ok {
			return t
		}
	case n == 7:
		return typ{name: "google.protobuf.Timestamp", message: true}
	case n == 8 && g.one(2):
		return typ{name: "google.protobuf." + pick(g, wellKnown), message: true}
	}
	t := pick(g, scalars)
	t.scalar = true
	return t
}

var wellKnown = []string{"StringValue", "Int64Value", "Value", "Struct", "ListValue"}

func (g *generator) messageType(m *message) (typ, bool) {
	if g.one(4) && !m.root && m.full != "" && !strings.Contains(m.name, "Group") {
		return typ{name: "." + m.full, message: true}, true // recursion
	}
	var all []*message
	for _, f := range reachable(m.file) {
		for _, other := range f.all() {
			if !other.root {
				all = append(all, other)
			}
		}
	}
	if len(all) == 0 {
		return typ{}, false
	}
	return typ{name: "." + pick(g, all).full, message: true}, true
}

func (g *generator) enumType(m *message) (typ, bool) {
	var all []*enum
	for _, f := range reachable(m.file) {
		all = append(all, f.enums...)
		for _, other := range f.all() {
			all = append(all, other.enums...)
		}
	}
	if m.root {
		all = append(all, m.enums...)
	}
	e := pick(g, all)
	if e.closed && (m.file.syntax == proto3 || m.file.has("IMPLICIT")) {
		return typ{}, false
	}
	return typ{name: "." + e.full, scalar: true, packable: true, closed: e.closed, zero: e.zero, literal: pick(g, e.values)}, true
}

// reachable are the files whose types a file can name.
func reachable(f *file) []*file {
	all := []*file{f}
	for _, other := range f.imports {
		all = append(all, other)
		if other.public {
			all = append(all, other.imports...)
		}
	}
	return all
}

// next is a number that no field of the message has.
func (g *generator) next(m *message) int {
	step := 1
	switch g.IntN(12) {
	case 0:
		step = 1 + g.IntN(20)
	case 1:
		step = pick(g, []int{15, 100, 2030, 20000, 1 << 18, 1 << 26})
	}
	if m.number+step > 1<<29-100 {
		step = 1
	}
	m.number += step
	if m.number >= 19000 && m.number < 20000 { // protobuf keeps these for itself
		m.number = 20000
	}
	return m.number
}

// name is a name that no field or oneof of the message has.
func (g *generator) name(m *message) string {
	for n := 0; ; n++ {
		name := pick(g, fieldNames)
		if g.one(2) || n > 3 {
			name = fmt.Sprintf("%s_%d", strings.TrimRight(name, "_"), g.IntN(200))
		}
		if key := folded(name); !m.taken[key] {
			m.taken[key] = true
			return name
		}
	}
}

// folded is alike for names that are alike in JSON, or as a map's entry or a
// group's type.
func folded(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// fieldNames are ordinary ones, words of the languages that code is generated
// for, and what generated code may call things of its own.
var fieldNames = []string{
	"pid", "name", "address", "flags", "start_time", "count", "items", "size", "data", "frame", "row", "rows", "value",
	"values", "key", "keys", "entry", "next", "left", "children", "class", "int", "def", "self", "cls", "None", "type",
	"func", "range", "import", "lambda", "print", "register", "union", "linux", "bool", "float", "double", "str", "len",
	"list", "dict", "get", "set", "clear", "reset", "decode", "encode", "arena", "unknown", "unknown_fields", "has",
	"has_pid", "set_pid", "get_pid", "clear_name", "which", "message", "fields", "string", "bytes", "append", "clone",
	"equal", "init", "pos", "end", "i", "b", "p", "err", "tag", "n", "v", "x", "ok", "nil", "null", "NULL", "errno",
	"static", "template", "await", "async", "yield", "nonlocal", "exec", "map", "pairs", "_lead", "trail_", "a__b",
	"camelCase", "UPPER", "Mixed_Case", "default", "package", "namespace", "operator", "new", "delete", "this", "true",
}

func list(options []string) string {
	if len(options) == 0 {
		return ""
	}
	return " [" + strings.Join(options, ", ") + "]"
}
