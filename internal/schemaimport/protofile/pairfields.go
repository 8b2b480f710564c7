package protofile

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/proto"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
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
