package schemaimport

import (
	"math"
	"strings"

	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
)

const (
	timestamp   = "google.protobuf.Timestamp"
	disassembly = "volint.volrender.v1.Disassembly"
	absenceEnum = "volint.volrender.v1.Absence"
)

// draft makes the fields of one message.
type draft struct {
	*subject
	data  *knowledge
	keys  []string
	taken map[string]bool // folded names of fields
	// fields, and those that want a companion: see companions.
	fields  []*Field
	unclear []*Field
}

// cell is what becomes one field: a column of either version, or one of each.
type cell struct{ three, two *column }

// title is the title that the field is named for.
func (c cell) title() string {
	if c.three != nil {
		return c.three.Title
	}
	return c.two.Title
}

// cells are Volatility 3's columns in its order, with those of Volatility 2 that show the
// same, and then what Volatility 2 has besides.
func (d *draft) cells() []cell {
	var cells []cell
	paired := map[*column]bool{}
	if d.three != nil {
		for _, c := range d.three.columns {
			cells = append(cells, cell{c, d.same[c]})
			paired[d.same[c]] = true
		}
	}
	if d.two != nil {
		for _, c := range d.two.columns {
			if !paired[c] {
				cells = append(cells, cell{nil, c})
			}
		}
	}
	return cells
}

// field makes the field of a cell.
func (d *draft) field(c cell) {
	t := d.data.lookup(d.plugins(), c.title())
	f := &Field{Type: fieldType(t, c), Option: &volrenderv1.Field{}}
	f.Name = d.name(t, c)
	f.Optional = f.Type != timestamp && f.Type != disassembly
	if d.two != nil {
		f.Option.Volatility2 = from(c.two)
	}
	if d.three != nil {
		f.Option.Volatility3 = from(c.three)
	}
	if meaning := meaningOf(t, c, f.Type); meaning != 0 {
		f.Option.Meaning = meaning.Enum()
	}
	if t.ones && f.Type == "uint64" {
		f.Option.AbsentValue = proto.Uint64(math.MaxUint64)
	}
	if d.isKey(c) && f.Type != disassembly {
		f.Option.Key = proto.Bool(true)
	}
	if len(c.absent()) > 1 {
		d.unclear = append(d.unclear, f)
	}
	f.Deprecated = c.until() != ""
	f.Doc = fieldDoc(t, c)
	d.fields = append(d.fields, f)
}

// name is the name of a cell's field.
func (d *draft) name(t term, c cell) string {
	names := fieldNames(c.title(), c.three == nil && d.three != nil)
	if t.name != "" {
		names = append([]string{t.name}, names...)
	}
	return freeFolded(d.taken, names)
}

// from is the cell for a column or an expression, or for none. What a newer release no
// longer has is not missed.
func from(c *column) *volrenderv1.Cell {
	switch {
	case c == nil:
		return &volrenderv1.Cell{None: proto.Bool(true)}
	case c.expression != "":
		return &volrenderv1.Cell{Expression: proto.String(c.expression)}
	}
	cell := &volrenderv1.Cell{Column: proto.String(c.Title)}
	if c.Sometimes || c.until != "" {
		cell.Sometimes = proto.Bool(true)
	}
	return cell
}

// isKey tells whether a cell identifies rows. Of a plugin that the data does not know, the
// address that its first column gives does.
func (d *draft) isKey(c cell) bool {
	if d.keys != nil {
		for _, col := range []*column{c.three, c.two} {
			if col != nil && contains(d.keys, option.Fold(col.Title)) {
				return true
			}
		}
		return false
	}
	first := c.three != nil && c.three == d.three.columns[0] || d.three == nil && c.two == d.two.columns[0]
	return first && strings.HasPrefix(option.Fold(c.title()), "offset") && fieldType(term{}, c) == "uint64"
}

// absent are the kinds of absence that either version gives the column.
func (c cell) absent() []string {
	var kinds []string
	for _, kind := range absences {
		for _, col := range []*column{c.three, c.two} {
			if col != nil && contains(col.Absent, kind.name) && !contains(kinds, kind.name) {
				kinds = append(kinds, kind.name)
			}
		}
	}
	return kinds
}

// until is the last release of a column that newer ones don't have.
func (c cell) until() string {
	switch {
	case c.three != nil && c.two != nil && (c.three.until == "" || c.two.until == ""):
		return ""
	case c.three != nil:
		return c.three.until
	}
	return c.two.until
}

// depth adds the field that tells how deep a row stands.
func (d *draft) depth() {
	f := &Field{
		Name:     freeFolded(d.taken, []string{"tree_depth"}),
		Type:     "uint32",
		Optional: true,
		Doc:      "How deep the row stands in the tree; 0 is a root.",
		Option:   &volrenderv1.Field{TreeDepth: proto.Bool(true)},
	}
	if d.two != nil && d.two.rows != "" {
		f.Option.Volatility2 = from(nil)
	}
	d.fields = append(d.fields, f)
}

// companions adds, for each field whose column has several kinds of absence, the one that
// tells which it is.
func (d *draft) companions() {
	for _, f := range d.unclear {
		name := freeFolded(d.taken, []string{f.Name + "_absence"})
		f.Option.Absence = proto.String(name)
		d.fields = append(d.fields, &Field{
			Name:     name,
			Type:     absenceEnum,
			Optional: true,
			Doc:      wrapField("Why there is no " + f.Name + "."),
		})
	}
}
