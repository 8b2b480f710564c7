package protofile

import (
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

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
	case title == "":
		return nil
	case p.takes[v][f] == w:
		p.setSometimes(f, v, cell)
		return nil
	case p.owner(w, v) != nil:
		return nil
	case there.GetNone():
		p.note(KindNoneKept, p.there.Name, f.Name, "volatility%d says none, and there is a column %q", v, title)
		return nil
	case p.takes[v][f] != nil || there.GetExpression() != "":
		return cell
	}
	p.takes[v][f] = w
	p.setColumn(f, v, cell)
	return nil
}

// setSometimes says of a field's column that it is there with some options only.
func (p *pair) setSometimes(f *Field, v session.Version, cell *volrenderv1.Cell) {
	if cell.GetSometimes() && (f.Cell(v) == nil || f.Cell(v).Sometimes == nil) {
		p.addCell(f, v, &volrenderv1.Cell{Sometimes: proto.Bool(true)})
		p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: the column is there with some options only", v)
	}
}

// setColumn names the column of a field that takes none.
func (p *pair) setColumn(f *Field, v session.Version, cell *volrenderv1.Cell) {
	old, title := f.Cell(v).GetColumn(), cell.GetColumn()
	if old == "" {
		p.addCell(f, v, cell)
		p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: column %q", v, title)
		return
	}
	for _, at := range f.options.at(fmt.Sprintf("volatility%d.column", v)) {
		p.edit.replace(p.file.span(at.value), quote(title))
	}
	p.setSometimes(f, v, cell)
	p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: column %q, no longer %q", v, title, old)
}

// setNone says that a version has no value for a field.
func (p *pair) setNone(f *Field, v session.Version) {
	p.note(KindCellChanged, p.there.Name, f.Name, "volatility%d: none, since it has no such column", v)
	path := fmt.Sprintf("volatility%d", v)
	if literal := f.options.literals[path]; literal != nil && p.file.plainCell(literal) {
		p.edit.replace(p.file.span(literal), "{none: true}")
		return
	}
	places := f.options.at(path + ".column")
	if len(places) == 0 {
		p.addCell(f, v, &volrenderv1.Cell{None: proto.Bool(true)})
	}
	for _, at := range places {
		words := "none: true"
		if !at.inLiteral {
			words = fmt.Sprintf("%s.%s.none = true", p.file.optionName("field"), path)
		}
		p.edit.replace(p.file.span(at.node), words)
	}
	for _, at := range f.options.at(path + ".sometimes") {
		p.edit.replace(p.file.span(at.value), "false")
	}
}

// plainCell says whether a literal says nothing but which column, without comments.
func (f *File) plainCell(literal *ast.MessageLiteralNode) bool {
	s := f.span(literal)
	for _, e := range literal.Elements {
		if name := e.Name.Value(); name != "column" && name != "sometimes" {
			return false
		}
	}
	return len(literal.Elements) > 0 && !strings.Contains(f.text[s.from:s.to], "/")
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
