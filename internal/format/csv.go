package format

import (
	"bufio"
	"io"
	"strings"

	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/row"
)

// csv prints rows for spreadsheets and data frames.
type csv struct {
	fields []row.Field
	cells  cells
	w      *bufio.Writer
	line   []byte
	titled bool
}

func newCSV(w io.Writer, m *row.Message) *csv {
	return &csv{fields: m.Fields, cells: newCells(csvTime), w: bufio.NewWriterSize(w, 64<<10)}
}

func (c *csv) row(r row.Row) error {
	if err := c.titles(); err != nil {
		return err
	}
	c.line = c.line[:0]
	for i := range c.fields {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = c.cell(c.line, &c.fields[i], r.Value(i))
	}
	return c.end()
}

// titles prints the header line, once.
func (c *csv) titles() error {
	if c.titled {
		return nil
	}
	c.titled = true
	c.line = c.line[:0]
	for i := range c.fields {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = append(c.line, term.Escape(c.fields[i].Name)...)
	}
	return c.end()
}

// end ends a line. One that would be empty gets quotes: readers skip empty lines.
func (c *csv) end() error {
	if len(c.line) == 0 {
		c.line = append(c.line, `""`...)
	}
	_, err := c.w.Write(append(c.line, '\n'))
	return err
}

func (c *csv) flush() error { return c.w.Flush() }

func (c *csv) close(ok bool) error {
	if ok {
		if err := c.titles(); err != nil {
			return err
		}
	}
	return c.w.Flush()
}

// cell appends one cell; an absent value is nothing at all, an empty text
// is a pair of quotes.
func (c *csv) cell(b []byte, f *row.Field, v row.Value) []byte {
	if !v.Present() {
		return b
	}
	s := c.cells.text(f, v)
	if f.Kind != row.String && f.Kind != row.Bytes && !composed(f) {
		return append(b, s...)
	}
	if calculates(s) {
		s = "'" + s
	}
	if s != "" && !strings.ContainsAny(s, `",`) && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}

// calculates reports whether a spreadsheet could take s for a formula. So that
// the apostrophe put in front can be told from the guest's own, a text that
// starts with one gets another. Tabs and carriage returns, which some programs
// skip before a formula, have been escaped already.
func calculates(s string) bool {
	s = strings.TrimLeft(s, " ")
	for _, start := range []string{"=", "+", "-", "@", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20"} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}
