package protofile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// mergeField brings the field for a wanted one up to date, or makes it.
func (p *pair) mergeField(w *schemaimport.Field) {
	f := p.match[w]
	if f == nil {
		p.addField(w, p.newCells(w, nil))
		return
	}
	rest := map[session.Version]*volrenderv1.Cell{}
	for _, v := range versions {
		if cell := p.mergeCell(w, f, v); cell != nil {
			rest[v] = cell
		}
	}
	if len(rest) > 0 {
		// The field has another column in that version: this one gets a field of its own.
		p.addField(w, p.newCells(w, rest))
	}
	p.tellType(w, f)
	if w.Deprecated && !f.Deprecated {
		p.body.deprecated[f] = true
		p.note(KindDeprecated, p.there.Name, f.Name, "only an older Volatility has it")
	}
}

// mergeCell brings a field's cell of a version up to date. A cell that is returned is
// wanted, and the field can't have it.
func (p *pair) mergeCell(w *schemaimport.Field, f *Field, v session.Version) *volrenderv1.Cell {
	cell, there := cellOf(w.Option, v), f.Cell(v)
	switch p.modes[v] {
	case table:
	case expressed:
		if there == nil {
			p.addCell(f, v, cell)
		}
		return nil
	default:
		return nil
	}
	title := cell.GetColumn()
	switch {
	case title == "" || p.owner(w, v) != nil:
		return nil
	case there.GetNone():
		p.note(KindNoneKept, p.there.Name, f.Name, "volatility%d says none, and there is a column %q", v, title)
		return nil
	case p.takes[v][f] != nil || there.GetExpression() != "":
		return &volrenderv1.Cell{Column: proto.String(title)}
	}
	p.takes[v][f] = w
	p.setColumn(f, v, title)
	return nil
}

// setColumn names the column of a field that takes none.
func (p *pair) setColumn(f *Field, v session.Version, title string) {
	old := f.Cell(v).GetColumn()
	if old == "" {
		p.addCell(f, v, &volrenderv1.Cell{Column: proto.String(title)})
		p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: column %q", v, title)
		return
	}
	for _, at := range f.options.at(fmt.Sprintf("volatility%d.column", v)) {
		p.edit.replace(p.file.span(at.value), quote(title))
	}
	p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: column %q, no longer %q", v, title, old)
}

// setNone says that a version has no value for a field.
func (p *pair) setNone(f *Field, v session.Version) {
	p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: none, since it has no such column", v)
	places := f.options.at(fmt.Sprintf("volatility%d.column", v))
	if len(places) == 0 {
		p.addCell(f, v, &volrenderv1.Cell{None: proto.Bool(true)})
		return
	}
	for _, at := range places {
		words := "none: true"
		if !at.inLiteral {
			words = fmt.Sprintf("%s.volatility%d.none = true", p.file.optionName("field"), v)
		}
		p.edit.replace(p.file.span(at.node), words)
	}
}

func (p *pair) addCell(f *Field, v session.Version, cell *volrenderv1.Cell) {
	if cell != nil {
		setCell(p.options[f], v, proto.Clone(cell).(*volrenderv1.Cell))
	}
}

// newCells are the cells that a new field needs: those that are wanted, or only those
// of some versions.
func (p *pair) newCells(w *schemaimport.Field, only map[session.Version]*volrenderv1.Cell) map[session.Version]*volrenderv1.Cell {
	none := &volrenderv1.Cell{None: proto.Bool(true)}
	cells := map[session.Version]*volrenderv1.Cell{}
	for _, v := range versions {
		wanted := cellOf(w.Option, v)
		switch p.modes[v] {
		case table:
			if wanted = p.tableCell(w, v, wanted, only); wanted == nil {
				wanted = none
			}
			cells[v] = wanted
		case expressed:
			if wanted == nil || only != nil {
				wanted = none
			}
			cells[v] = wanted
		case handmade:
			// Expressions on another row would mean something else.
			there, brought := p.there.Source(v), sourceOf(p.want.Command, v)
			if wanted.GetExpression() == "" || there.GetRows() != brought.GetRows() || there.GetRow() != brought.GetRow() {
				wanted = none
			}
			cells[v] = wanted
		case kept:
			if p.there.Source(v) != nil {
				cells[v] = none
			}
		}
	}
	return cells
}

// tableCell is the cell of a new field whose value is a column, nil for none.
func (p *pair) tableCell(w *schemaimport.Field, v session.Version, wanted *volrenderv1.Cell, only map[session.Version]*volrenderv1.Cell) *volrenderv1.Cell {
	if only != nil {
		return only[v]
	}
	if wanted.GetColumn() == "" || p.owner(w, v) != nil {
		return nil
	}
	return wanted
}

// newField is a field to make.
type newField struct {
	want  *schemaimport.Field
	cells map[session.Version]*volrenderv1.Cell
}

// addField notes that a field is to be made, where some version fills it.
func (p *pair) addField(w *schemaimport.Field, cells map[session.Version]*volrenderv1.Cell) {
	if w.Option.GetTreeDepth() {
		cells = nil
	} else if !fills(cells) {
		return
	}
	if name, ok := p.newName(w); ok {
		p.names[w] = name
		p.added = append(p.added, newField{w, cells})
		return
	}
	p.note(KindNameKept, p.there.Name, "", "%s is reserved: the field is left out", w.Name)
}

// fills says whether some version fills a field with these cells.
func fills(cells map[session.Version]*volrenderv1.Cell) bool {
	for _, c := range cells {
		if !c.GetNone() {
			return true
		}
	}
	return false
}

// addCompanion notes that a field is to be made that tells why another has no value,
// where that one is made too, or has none.
func (p *pair) addCompanion(w *schemaimport.Field) {
	subject := p.subject(w)
	if subject == nil || p.match[w] != nil {
		return
	}
	f := p.match[subject]
	if f == nil && p.names[subject] == "" || f != nil && (f.Option.GetAbsence() != "") {
		return
	}
	name, ok := p.newName(w)
	if !ok {
		return // nor will it be asked for
	}
	p.names[w] = name
	p.added = append(p.added, newField{want: w})
	if f != nil {
		p.options[f].Absence = proto.String(name)
	}
}

// addFields makes the fields, in the order in which they are wanted.
func (p *pair) addFields() {
	slices.SortStableFunc(p.added, func(a, b newField) int {
		return slices.Index(p.want.Fields, a.want) - slices.Index(p.want.Fields, b.want)
	})
	var given []int
	for _, x := range p.added {
		number := p.there.nextNumber(given)
		name := p.names[x.want]
		if number == 0 {
			p.note(KindNameKept, p.there.Name, "", "no number is free for %s", name)
			continue
		}
		given = append(given, number)
		p.body.fields = append(p.body.fields, p.printField(x.want, name, number, p.optionFor(x, name)))
		p.note(KindFieldAdded, p.there.Name, name, "%s", describe(x.want, x.cells))
	}
}

// optionFor is the option of a field that is made.
func (p *pair) optionFor(x newField, name string) *volrenderv1.Field {
	o := &volrenderv1.Field{}
	if x.want.Option != nil {
		o = proto.Clone(x.want.Option).(*volrenderv1.Field)
	}
	for _, v := range versions {
		setCell(o, v, p.needed(name, v, x.cells[v]))
	}
	if companion := o.GetAbsence(); companion != "" {
		o.Absence = nil
		for _, c := range p.want.Fields {
			if c.Name == companion && p.names[c] != "" {
				o.Absence = proto.String(p.names[c])
			}
		}
	}
	return o
}

// needed is a cell as a new field has to have it.
func (p *pair) needed(name string, v session.Version, cell *volrenderv1.Cell) *volrenderv1.Cell {
	if cell.GetColumn() != "" && findable(p.want, name, v, cell.GetColumn()) {
		return unnamed(cell)
	}
	return cell
}

// unnamed is what is left of a cell whose column the convention finds for sure; nil for
// nothing.
func unnamed(cell *volrenderv1.Cell) *volrenderv1.Cell {
	if !cell.GetSometimes() {
		return nil
	}
	return &volrenderv1.Cell{Sometimes: cell.Sometimes}
}

// findable says whether the convention finds a column by a field's name, and no other.
func findable(w *schemaimport.Message, name string, v session.Version, title string) bool {
	folded := option.Fold(name)
	if folded != option.Fold(title) {
		return false
	}
	same := 0
	for _, other := range w.Fields {
		if option.Fold(columnOf(other, v)) == folded {
			same++
		}
	}
	return same == 1
}

// newName is a name for a new field: the wanted one, or where another field has it,
// with something behind it. None is free where it is reserved.
func (p *pair) newName(w *schemaimport.Field) (string, bool) {
	if p.there.reserved[w.Name] {
		return "", false
	}
	name := w.Name
	for n := 2; p.taken(name); n++ {
		name = fmt.Sprintf("%s_%d", w.Name, n)
	}
	return name, true
}

func (p *pair) taken(name string) bool {
	if p.there.inner[name] || p.there.reserved[name] {
		return true
	}
	for _, f := range p.there.Fields {
		if option.Fold(f.Name) == option.Fold(name) {
			return true
		}
	}
	for _, other := range p.names {
		if option.Fold(other) == option.Fold(name) {
			return true
		}
	}
	return false
}

// describe says what a new field takes.
func describe(w *schemaimport.Field, cells map[session.Version]*volrenderv1.Cell) string {
	words := []string{w.Type}
	for _, v := range versions {
		if title := cells[v].GetColumn(); title != "" {
			words = append(words, fmt.Sprintf("volatility%d's column %q", v, title))
		}
	}
	return strings.Join(words, ", ")
}

// tellType tells of a field that would be of another kind of type by now.
func (p *pair) tellType(w *schemaimport.Field, f *Field) {
	if p.there.Companion(f) || p.subject(w) != nil {
		return
	}
	if was, now := KindOfType(f.Type, f.Repeated), KindOfType(w.Type, w.Repeated); was != now {
		p.note(KindTypeKept, p.there.Name, f.Name, "it stays %s; it would be %s if it were made now", f.Type, w.Type)
	}
}

// KindOfType is what a type is for: "integer", "float", "bool", "string", "bytes", or
// a message's own name; "list" for what is repeated.
func KindOfType(name string, repeated bool) string {
	if repeated {
		return "list"
	}
	switch name {
	case "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64":
		return "integer"
	case "float", "double":
		return "float"
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}

// dropFields lets go what nothing fills any more.
func (p *pair) dropFields() {
	gone := map[ast.Node]bool{}
	for _, f := range p.there.Fields {
		if !p.there.Companion(f) && !p.claimed(f) && !p.filled(f) {
			gone[f.node] = true
		}
	}
	for _, f := range p.there.Fields {
		subject := p.there.subject(f)
		switch {
		case gone[f.node] && f.oneof != nil && emptied(f.oneof, gone):
			// A oneof must have a member, and going itself would break readers.
			p.note(KindFieldKept, p.there.Name, f.Name, "no Volatility that was asked has its column, and without it the oneof %s would be empty", f.oneof.Name.Val)
			p.settle(f)
		case gone[f.node], subject != nil && gone[subject.node]:
			p.drop(f)
		default:
			p.settle(f)
		}
	}
}

func (p *pair) drop(f *Field) {
	p.body.gone = append(p.body.gone, f)
	p.note(KindFieldRemoved, p.there.Name, f.Name, "no Volatility that was asked has its column; %d is reserved", f.Number)
}

// filled says whether some version has a value for a field.
func (p *pair) filled(f *Field) bool {
	for _, v := range versions {
		cell := f.Cell(v)
		switch p.modes[v] {
		case kept:
			if p.there.Source(v) != nil && !cell.GetNone() || cell.GetColumn() != "" || cell.GetExpression() != "" {
				return true
			}
		case handmade:
			if cell.GetExpression() != "" {
				return true
			}
		case table:
			if p.takes[v][f] != nil || cell.GetExpression() != "" {
				return true
			}
		case expressed:
			if cellOf(p.options[f], v).GetExpression() != "" {
				return true
			}
		}
	}
	return false
}

// settle says none for the versions that have no value for a field that stays.
func (p *pair) settle(f *Field) {
	if p.there.Companion(f) || f.Option.GetTreeDepth() {
		return
	}
	for _, v := range versions {
		cell := f.Cell(v)
		switch p.modes[v] {
		case table:
			if p.takes[v][f] == nil && !cell.GetNone() && cell.GetExpression() == "" {
				p.setNone(f, v)
			}
		case expressed:
			if cell == nil && cellOf(p.options[f], v) == nil {
				p.addCell(f, v, &volrenderv1.Cell{None: proto.Bool(true)})
			}
		}
	}
}
