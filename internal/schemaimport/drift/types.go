package drift

import (
	"slices"

	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/runtime/session"
)

// takes are the columns' types whose values a field's kind of type holds without loss,
// besides the one that it would get now: docs/schema.md, "What values become".
var takes = map[string][]string{
	"integer":     {"int", "long", "bool", "Hex", "Bin", "Address", "Address64", "datetime"},
	"float":       {"float", "int", "long"},
	"bool":        {"bool", "int", "long"},
	"bytes":       {"bytes", "Bytes", "HexBytes", "MultiTypeData", "LayerData", "str"},
	"Timestamp":   {"datetime"},
	"Disassembly": {"Disassembly"},
}

// fieldType compares a field's type with its column's.
func (c *comparer) fieldType(f *protofile.Field, column *session.Column) {
	kind := protofile.KindOfType(f.Type, f.Repeated)
	kinds, known := takes[kind]
	switch {
	case kind == "string":
		// Text holds all that can be shown.
		if !c.isMade(kind, column) && column.Type != "str" {
			c.add(Type, f, false, "", "column %q is %s, which the field holds as text", column.Title, column.Type)
		}
	case !known, c.isMade(kind, column), slices.Contains(kinds, column.Type):
	case c.version == session.Volatility2 && column.Type == "str":
		// Volatility 2 shows many numbers and times as text, and text is read.
	default:
		c.add(Type, f, !c.options.Older, "give the column a field of its own, and this one none", "column %q is %s, which a field of type %s does not hold", column.Title, column.Type, f.Type)
	}
}

// isMade says whether a column's field would get this kind of type now.
func (c *comparer) isMade(kind string, column *session.Column) bool {
	return c.made.types[cell{c.table.Plugin, column.Title}] == kind
}
