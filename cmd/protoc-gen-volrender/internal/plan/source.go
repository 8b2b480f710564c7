package plan

import (
	"fmt"
	"regexp"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// version is one version of Volatility, as options.proto speaks of it.
type version struct {
	number int
	// name is the name of the options, title that of the program.
	name, title string
	// source and cell are the options' field numbers in Command and in Field.
	source, cell int32
	ofMessage    func(*volrenderv1.Command) *volrenderv1.Source
	ofField      func(*volrenderv1.Field) *volrenderv1.Cell
	plugin       *regexp.Regexp
	pluginHint   string
}

var versions = []version{
	{
		number: 2, name: "volatility2", title: "Volatility 2", source: 3, cell: 1,
		ofMessage:  (*volrenderv1.Command).GetVolatility2,
		ofField:    (*volrenderv1.Field).GetVolatility2,
		plugin:     regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`),
		pluginHint: "write the command as vol.py takes it, such as linux_pslist",
	},
	{
		number: 3, name: "volatility3", title: "Volatility 3", source: 4, cell: 2,
		ofMessage:  (*volrenderv1.Command).GetVolatility3,
		ofField:    (*volrenderv1.Field).GetVolatility3,
		plugin:     regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$`),
		pluginHint: "write the module and the class, such as linux.pslist.PsList",
	},
}

const importHint = "write one import of named modules, such as `import volatility.utils as utils`"

// sourceDraft is what the methods below share: one message in one version.
type sourceDraft struct {
	*builder
	v      version
	m      *protogen.Message
	opt    *volrenderv1.Source
	fields []*fieldDraft
	out    *Source
	// mistakes is how many there were before this one was looked at.
	mistakes int
}

// source plans where one version gets the rows; nil where it has none.
func (b *builder) source(m *protogen.Message, opt *volrenderv1.Command, fields []*fieldDraft, v version) *Source {
	d := &sourceDraft{builder: b, v: v, m: m, opt: v.ofMessage(opt), fields: fields, out: &Source{}, mistakes: len(b.errs)}
	if d.opt.GetNone() {
		d.checkNone()
		return nil
	}
	d.plugin()
	d.aliases()
	d.options()
	if d.opt != nil && d.opt.Rows != nil {
		d.rows()
	} else {
		d.table()
	}
	d.absences()
	d.anything()
	return d.out
}

// at is where a part of the message's option for this version was written.
func (d *sourceDraft) at(parts ...int32) Pos {
	return optionPos(d.m.Desc, append([]int32{d.v.source}, parts...)...)
}

// cellAt is where a part of a field's option for this version was written.
func (d *sourceDraft) cellAt(f *fieldDraft, part int32) Pos {
	return optionPos(f.gen.Desc, d.v.cell, part)
}

// checkNone refuses what has no effect, since the version has no such command.
func (d *sourceDraft) checkNone() {
	rest := proto.Clone(d.opt).(*volrenderv1.Source)
	rest.None = nil
	if proto.Size(rest) > 0 {
		d.errorf(d.at(5), "take `none` out, or everything else",
			"message %q has `none` for %s beside other settings, which have no effect", d.m.Desc.Name(), d.v.name)
	}
	for _, f := range d.fields {
		if c := d.v.ofField(f.opt); c.GetColumn() != "" || c.GetExpression() != "" {
			d.errorf(d.cellAt(f, 1), fmt.Sprintf("take %s out of the field's option", d.v.name),
				"the %s option of field %q has no effect: message %q has `none` there", d.v.name, f.Name, d.m.Desc.Name())
		}
	}
}

// rows plans the expression model.
func (d *sourceDraft) rows() {
	d.out.Rows = d.opt.GetRows()
	d.python(Expression, d.out.Rows, d.at(2), fmt.Sprintf("`rows` of message %q", d.m.Desc.Name()))
	d.out.Row = "row"
	if d.opt.Row != nil {
		d.out.Row = d.opt.GetRow()
		d.rowVariable()
	}
	d.out.Imports = d.opt.GetImports()
	for i, statement := range d.out.Imports {
		pos := optionPos(d.m.Desc, d.v.source, 4, int32(i))
		if why := importMistake(d.v.number, statement); why != "" {
			d.errorf(pos, importHint,
				"message %q: %q is not an import that can be used here: %s", d.m.Desc.Name(), statement, why)
			continue
		}
		d.python(Import, statement, pos, fmt.Sprintf("an import of message %q", d.m.Desc.Name()))
	}
	for _, f := range d.fields {
		d.out.Cells = append(d.out.Cells, d.expressionCell(f))
	}
}

func (d *sourceDraft) rowVariable() {
	pos, name := d.at(3), d.out.Row
	if !isPythonName(d.v.number, name) {
		d.errorf(pos, "use letters, digits and `_`, such as task",
			"message %q: the row's name, %q, is not a name in Python", d.m.Desc.Name(), name)
		return
	}
	if hidesPython(name) || pythonScope[name] {
		d.errorf(pos, "use another name, such as task",
			"message %q: the row's name, %q, already stands for something else", d.m.Desc.Name(), name)
	}
}

func (d *sourceDraft) expressionCell(f *fieldDraft) Cell {
	c := d.v.ofField(f.opt)
	d.onlyOne(f, c)
	switch {
	case f.companion() || c.GetNone():
	case c != nil && c.Column != nil:
		d.errorf(d.cellAt(f, 1), fmt.Sprintf(`write %s: {expression: "%s.%s"}, or take "rows" out of the message's option to use the plugin's table`, d.v.name, d.out.Row, f.Name),
			"field %q takes a column of the table, but message %q takes its %s rows from an expression", f.Name, d.m.Desc.Name(), d.v.name)
	case c == nil || c.Expression == nil:
		d.errorf(f.Pos, fmt.Sprintf(`write %s: {expression: "%s.%s"}, or %s: {none: true} where there is no such value`, d.v.name, d.out.Row, f.Name, d.v.name),
			"field %q has no expression for %s, whose rows message %q takes from an expression", f.Name, d.v.name, d.m.Desc.Name())
	default:
		d.python(Expression, c.GetExpression(), d.cellAt(f, 2), fmt.Sprintf("the %s expression of field %q", d.v.name, f.Name))
		return Cell{Expression: c.GetExpression(), AbsenceOf: -1}
	}
	return Cell{AbsenceOf: -1}
}

// table plans the table model.
func (d *sourceDraft) table() {
	if d.opt != nil && (d.opt.Row != nil || len(d.opt.Imports) > 0) {
		d.errorf(optionPos(d.m.Desc, d.v.source), "add `rows`, or take `row` and `imports` out",
			"message %q has `row` or `imports` for %s but no `rows` that they could serve", d.m.Desc.Name(), d.v.name)
	}
	folded := map[string]*fieldDraft{}
	for _, f := range d.fields {
		cell := d.tableCell(f)
		if other := folded[cell.Column]; cell.Column != "" && other != nil {
			d.errorf(d.cellAt(f, 1), fmt.Sprintf(`write %s: {column: "..."} with another title in one of them, or {none: true}`, d.v.name),
				"fields %q and %q take the same column of %s, %q, since only letters and digits count", other.Name, f.Name, d.v.title, cell.Column)
		}
		folded[cell.Column] = f
		d.out.Cells = append(d.out.Cells, cell)
	}
}

func (d *sourceDraft) tableCell(f *fieldDraft) Cell {
	c := d.v.ofField(f.opt)
	d.onlyOne(f, c)
	cell := Cell{AbsenceOf: -1}
	switch {
	case f.companion() || c.GetNone():
	case c != nil && c.Expression != nil:
		d.errorf(d.cellAt(f, 2), fmt.Sprintf("add `rows` to the message's %s option, or write {column: ...}", d.v.name),
			"field %q has an expression for %s, but message %q has no `rows` there and takes the plugin's table", f.Name, d.v.name, d.m.Desc.Name())
	case f.opt.GetTreeDepth():
		cell.Depth = true
		if c != nil && c.Column != nil {
			d.errorf(d.cellAt(f, 1), "take `column` or `tree_depth` out",
				"field %q holds the depth in a tree and can't take a column too", f.Name)
		}
	default:
		cell.Title = f.Name
		if c != nil && c.Column != nil {
			cell.Title = c.GetColumn()
		}
		cell.Column, cell.Sometimes = Fold(cell.Title), c.GetSometimes()
		if cell.Column == "" {
			d.errorf(d.cellAt(f, 1), fmt.Sprintf(`write %s: {column: "..."} with the title as the plugin prints it`, d.v.name),
				"field %q: the column title %q has no letter or digit", f.Name, cell.Title)
		}
	}
	return cell
}

// onlyOne refuses a cell that says two things.
func (d *sourceDraft) onlyOne(f *fieldDraft, c *volrenderv1.Cell) {
	if c == nil || f.companion() {
		return
	}
	said := 0
	for _, is := range []bool{c.Column != nil, c.Expression != nil, c.GetNone()} {
		if is {
			said++
		}
	}
	if said > 1 {
		d.errorf(d.cellAt(f, 3), "keep one of `column`, `expression` and `none`",
			"field %q has more than one source in %s", f.Name, d.v.name)
	}
	if c.Sometimes != nil && (c.Expression != nil || c.GetNone() || f.opt.GetTreeDepth()) {
		d.errorf(d.cellAt(f, 4), "take `sometimes` out",
			"field %q takes no column in %s, so that `sometimes` has no effect", f.Name, d.v.name)
	}
}

// absences lets the companions tell the absence of fields that this version
// fills.
func (d *sourceDraft) absences() {
	for i, f := range d.fields {
		if f.companion() && f.subject >= 0 && d.out.Cells[f.subject].filled() {
			d.out.Cells[i].AbsenceOf = f.subject
		}
	}
}

func (c Cell) filled() bool { return c.Column != "" || c.Expression != "" || c.Depth }

// anything refuses a version in which no field has a source.
func (d *sourceDraft) anything() {
	if len(d.errs) > d.mistakes || len(d.fields) == 0 {
		return // the reason may well be one of those
	}
	for _, c := range d.out.Cells {
		if c.filled() {
			return
		}
	}
	d.errorf(optionPos(d.m.Desc, d.v.source), fmt.Sprintf("write %s: {none: true} in the message's option", d.v.name),
		"message %q: no field has a value in %s", d.m.Desc.Name(), d.v.title)
}
