package schema

import (
	"fmt"
	"math"
	"strings"
)

type message struct {
	name, full string
	file       *file
	root       bool
	nested     []*message
	enums      []*enum
	// body are the lines of fields, oneofs and ranges.
	body []string

	taken  map[string]bool
	number int
}

type enum struct {
	name, full string
	file       *file
	closed     bool
	// zero says that the first value is 0.
	zero   bool
	values []string
	lines  []string
}

// message makes a message without fields, and with nested ones.
func (g *generator) message(f *file, parent *message, name string) *message {
	m := &message{name: name, full: f.pkg + "." + name, file: f}
	if parent != nil {
		m.full = parent.full + "." + name
	}
	if parent == nil || parent.full == f.pkg+"."+parent.name {
		for i := range g.IntN(3) {
			m.nested = append(m.nested, g.message(f, m, fmt.Sprintf("%sIn%d", pick(g, typeNames), i)))
		}
	}
	if g.one(3) {
		e := g.enum(f, pick(g, typeNames)+"Choice")
		e.full = m.full + "." + e.name
		m.enums = append(m.enums, e)
	}
	return m
}

func (g *generator) enum(f *file, name string) *enum {
	e := &enum{name: name, full: f.pkg + "." + name, file: f, closed: f.syntax == proto2, zero: true}
	if f.syntax == edition {
		e.closed = f.has("CLOSED")
		if g.one(3) {
			e.closed = !e.closed
			e.lines = append(e.lines, "option features.enum_type = "+map[bool]string{true: "CLOSED", false: "OPEN"}[e.closed]+";")
		}
	}
	e.zero = !e.closed || g.one(2)
	first := 0
	if !e.zero {
		first = pick(g, []int{1, -1, math.MaxInt32, math.MinInt32})
	}
	value := func(number int) {
		v := fmt.Sprintf("%s_V%d", strings.ToUpper(strings.Trim(name, "_")), len(e.values))
		e.values = append(e.values, v)
		e.lines = append(e.lines, fmt.Sprintf("%s = %d;", v, number))
	}
	value(first)
	for _, n := range []int{2, -5, 127, 128, 1 << 20, math.MaxInt32, math.MinInt32} {
		if n != first && g.one(2) {
			value(n)
		}
	}
	return e
}

// text prints a file.
func (f *file) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\npackage %s;\n", f.syntax, f.pkg)
	for _, path := range protobufs {
		fmt.Fprintf(&b, "import %q;\n", path)
	}
	for _, other := range f.imports {
		fmt.Fprintf(&b, "import %s%q;\n", map[bool]string{true: "public ", false: ""}[f.public], other.path)
	}
	fmt.Fprintf(&b, "option go_package = %q;\n", f.goPackage)
	for _, feature := range f.features {
		fmt.Fprintf(&b, "option features.%s;\n", feature)
	}
	for _, e := range f.enums {
		e.print(&b, "")
	}
	for _, m := range f.messages {
		m.print(&b, "")
	}
	return b.String()
}

// protobufs are what every file imports.
var protobufs = []string{
	"google/protobuf/timestamp.proto",
	"google/protobuf/wrappers.proto",
	"google/protobuf/struct.proto",
	"volint/volrender/v1/options.proto",
}

func (m *message) print(b *strings.Builder, indent string) {
	fmt.Fprintf(b, "%smessage %s {\n", indent, m.name)
	in := indent + "  "
	if !m.root && indent == "" {
		fmt.Fprintf(b, "%soption (.volint.volrender.v1.command).ignore = true;\n", in)
	}
	for _, e := range m.enums {
		e.print(b, in)
	}
	for _, n := range m.nested {
		n.print(b, in)
	}
	for _, line := range m.body {
		fmt.Fprintf(b, "%s%s\n", in, line)
	}
	fmt.Fprintf(b, "%s}\n", indent)
}

func (e *enum) print(b *strings.Builder, indent string) {
	fmt.Fprintf(b, "%senum %s {\n", indent, e.name)
	for _, line := range e.lines {
		fmt.Fprintf(b, "%s  %s\n", indent, line)
	}
	fmt.Fprintf(b, "%s}\n", indent)
}
