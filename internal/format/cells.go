package format

import (
	"strings"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
)

// Cells makes the cells that a table shows of rows of one message, safe for a
// terminal.
type Cells struct {
	fields []row.Field
	cells  cells
}

// NewCells returns the cells of a message's rows.
func NewCells(m *row.Message) *Cells {
	return &Cells{fields: m.Fields, cells: newCells(tableTime)}
}

// Columns are the columns that the cells stand in.
func (c *Cells) Columns() []Column {
	columns := make([]Column, len(c.fields))
	for i := range c.fields {
		f := &c.fields[i]
		columns[i] = Column{Title: strings.ToUpper(term.Escape(f.Name)), Right: numeric(f)}
	}
	return columns
}

// Of returns the cells of a row.
func (c *Cells) Of(r row.Row) []string {
	cells := make([]string, len(c.fields))
	for i := range c.fields {
		cells[i] = "-"
		if v := r.Value(i); v.Present() {
			cells[i] = edges(c.cells.text(&c.fields[i], v))
		}
	}
	return cells
}

// edges escapes the spaces at both ends of a cell, which nobody would see.
func edges(s string) string {
	inner := strings.Trim(s, " ")
	if len(inner) == len(s) {
		return s
	}
	before := len(s) - len(strings.TrimLeft(s, " "))
	if inner == "" {
		before = len(s)
	}
	return strings.Repeat(space, before) + inner + strings.Repeat(space, len(s)-before-len(inner))
}

// space is U+0020 as term.Escape would write it.
const space = `\x20`
