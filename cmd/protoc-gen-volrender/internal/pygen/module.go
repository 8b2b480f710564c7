package pygen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// module is a generated module, as the templates print it.
type module struct {
	ABI           int
	Path, PathDoc string
	// Module is its name, and Parts the name of the file with its messages.
	Module, Parts string
	// Scope are the imports for expressions, or "".
	Scope string
	// Shapes are the messages that fields have.
	Shapes   []*shape
	Messages []*message

	version *version
}

// message is one command of a module.
type message struct {
	PyName string
	// Known is what is known of the message before it is made: see volrender_modules.py.
	Known string
	// FullName and PB2 are Python literals; PB2 is "" where the module encodes by
	// itself.
	FullName, PB2 string
	// Of says in the docstring whose rows these are; Doc are its further lines.
	Of  string
	Doc []string

	Imports []string
	// Rows is "" for the table model. Values is the tuple of the cells' variables.
	Rows, Row, Values string
	Cells             []cell
	Fields            []string
}

type cell struct{ Variable, Expression string }

// filled is a field that has a value in one version.
type filled struct {
	*plan.Field
	cell plan.Cell
	// of is the field whose absence this one tells, or nil.
	of *plan.Field
	// entry says that it is a key or a value of a map.
	entry bool
}

func newModule(f *plan.File, o Options, v *version) *module {
	name := f.Python.Module
	m := &module{ABI: abi, Path: f.Path, PathDoc: docText(f.Path), Module: name, Parts: name + ".messages", version: v}
	parts := &shapes{}
	p := v.printer(parts)
	for _, pm := range f.Commands() {
		src := v.source(pm)
		if src == nil {
			continue
		}
		fields := fieldsOf(pm, src)
		for _, f := range fields {
			parts.add([]*plan.Field{f.Field})
		}
		out := v.message(pm, src, fields, p)
		if o.PB2 {
			out.PB2 = fmt.Sprintf("(%s, %s)", v.literal(f.Python.PB2), v.literal(pm.Name))
		}
		if src.Expression() {
			m.Scope = v.scope
		}
		m.Messages = append(m.Messages, out)
	}
	for _, part := range parts.sorted() {
		out := &shape{Name: parts.names[part], FullName: v.literal(part.FullName)}
		for _, f := range plainly(part.Fields) {
			out.Fields = append(out.Fields, p.field(f))
		}
		m.Shapes = append(m.Shapes, out)
	}
	return m
}

// printer prints fields for a plug-in folder, with these shapes.
func (v *version) printer(parts *shapes) *printer {
	return &printer{
		prefix:  "support.",
		literal: v.literal,
		message: func(m *plan.Message) string { return parts.names[m] },
		enum:    v.numbers,
		more:    ofPlugin,
	}
}

// ofPlugin adds what only plug-in folders need to know of a value.
func ofPlugin(c *call, f *plan.Field) {
	c.flag(f.Kind == plan.EnumKind && f.Label != plan.Map && f.Enum.Closed, "closed")
	c.flag(f.Meaning == plan.CanonicalAddress, "canonical")
	if f.HasAbsentValue {
		c.add("absent_value=%s", number(f.Kind, f.AbsentValue))
	}
}

// fieldsOf returns the fields that the version fills, in the order in which they
// are written: by number, as protobuf's own encoders do.
func fieldsOf(m *plan.Message, src *plan.Source) []filled {
	var out []filled
	for i, f := range m.Fields {
		c := src.Cells[i]
		switch {
		case f.Kind == plan.Absence && c.AbsenceOf >= 0:
			out = append(out, filled{Field: f, cell: c, of: m.Fields[c.AbsenceOf]})
		case c.Column != "" || c.Expression != "" || c.Depth:
			out = append(out, filled{Field: f, cell: c})
		}
	}
	slices.SortFunc(out, func(x, y filled) int { return cmp.Compare(x.Number, y.Number) })
	return out
}

func (v *version) message(m *plan.Message, src *plan.Source, fields []filled, p *printer) *message {
	out := &message{
		PyName:   m.PyName,
		Known:    v.known(m, src),
		FullName: v.literal(m.FullName),
		Of:       docText(cmp.Or(src.Plugin, m.Name)),
		Imports:  src.Imports,
		Row:      src.Row,
	}
	if m.Doc != "" {
		out.Doc = append([]string{""}, strings.Split(docText(m.Doc), "\n")...)
	}
	for _, f := range fields {
		out.Fields = append(out.Fields, p.field(f))
	}
	if src.Expression() {
		v.expressions(out, src, fields)
	}
	return out
}

// known is the line that tells of a message before it is made.
func (v *version) known(m *plan.Message, src *plan.Source) string {
	words := []string{m.FullName, "command=" + m.Command}
	if src.Plugin != "" {
		words = append(words, "plugin="+v.plugin(src.Plugin))
	}
	for _, alias := range src.Aliases {
		words = append(words, "alias="+v.plugin(alias))
	}
	return strings.Join(words, " ")
}
