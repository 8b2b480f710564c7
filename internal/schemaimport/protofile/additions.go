package protofile

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// additions are what comes into one option of one thing: elements of the literals
// that are there, and statements of their own for what none takes.
type additions struct {
	file     *File
	options  *settings
	name     string // the option's, as this file writes it
	elements map[*ast.MessageLiteralNode][]lines
	order    []*ast.MessageLiteralNode
	// statements are whole settings, as in `(x).y = 1`.
	statements []lines
}

func newAdditions(f *File, options *settings, name string) *additions {
	return &additions{file: f, options: options, name: f.optionName(name), elements: map[*ast.MessageLiteralNode][]lines{}}
}

// add takes all that a message sets. Nothing of it may be set already, but for
// messages and lists, which get more.
func (a *additions) add(m protoreflect.Message) { a.addAt("", m) }

func (a *additions) addAt(path string, m protoreflect.Message) {
	if path == "" && len(a.options.places) == 0 && len(a.options.literals) == 0 {
		if len(setFields(m)) > 0 {
			a.statements = append(a.statements, optionValue(a.name, m.Interface()))
		}
		return
	}
	literal := a.options.literals[path]
	for _, fd := range setFields(m) {
		below := string(fd.Name())
		if path != "" {
			below = path + "." + below
		}
		switch {
		case fd.Message() != nil && !fd.IsList() && a.options.below(below):
			a.addAt(below, m.Get(fd).Message())
		case literal != nil:
			if a.elements[literal] == nil {
				a.order = append(a.order, literal)
			}
			a.elements[literal] = append(a.elements[literal], values(fd, m)...)
		default:
			a.state(below, fd, m)
		}
	}
}

// state adds statements for one field of the option.
func (a *additions) state(path string, fd protoreflect.FieldDescriptor, m protoreflect.Message) {
	name := a.name + "." + path
	if fd.Message() == nil {
		for _, l := range values(fd, m) {
			_, value, _ := strings.Cut(l[0], ": ")
			a.statements = append(a.statements, lines{name + " = " + value})
		}
		return
	}
	if !fd.IsList() {
		a.statements = append(a.statements, optionValue(name, m.Get(fd).Message().Interface()))
		return
	}
	list := m.Get(fd).List()
	for i := range list.Len() {
		a.statements = append(a.statements, braced(name+" = ", list.Get(i).Message()))
	}
}

// optionName is an option's name in this file: with a dot in front where the package
// has parts that would be taken for volint's.
func (f *File) optionName(name string) string { return "(" + f.global(optionPackage+name) + ")" }

// global is a full name as this file has to write it.
func (f *File) global(name string) string {
	first, _, dotted := strings.Cut(name, ".")
	if !dotted {
		return name
	}
	for i, part := range strings.Split(f.Package, ".") {
		if i > 0 && part == first {
			return "." + name
		}
	}
	return name
}

// putElements writes what literals get.
func (a *additions) putElements(e *editor) {
	for _, literal := range a.order {
		a.file.extend(e, literal, a.elements[literal])
	}
}

// extend adds elements to a literal.
func (f *File) extend(e *editor, literal *ast.MessageLiteralNode, more []lines) {
	open, end := f.span(literal.Open), f.span(literal.Close)
	if strings.Contains(e.text[open.to:end.from], "\n") {
		f.extendLong(e, end.from, more)
		return
	}
	indent := e.indent(open.from)
	var nodes []ast.Node
	for _, x := range literal.Elements {
		nodes = append(nodes, x)
	}
	if !f.spread(e, open, end, nodes, "", indent+unit) {
		for _, l := range more {
			e.insert(end.from, " "+l.joined())
		}
		return
	}
	for _, l := range more {
		e.insert(end.from, "\n"+indent+unit+l.indented(indent+unit))
	}
	e.insert(end.from, "\n"+indent)
}

// extendLong adds elements to a literal of several lines that ends at a place.
func (f *File) extendLong(e *editor, end int, more []lines) {
	indent := e.indent(end)
	if e.startsLine(end) {
		at := e.lineStart(end)
		for _, l := range more {
			e.insert(at, indent+unit+l.indented(indent+unit)+"\n")
		}
		return
	}
	for _, l := range more {
		e.insert(end, "\n"+indent+unit+l.indented(indent+unit))
	}
	e.insert(end, "\n"+indent)
}

// spread puts each of the nodes between two brackets of one line on a line of its own,
// and says whether it did: where there are comments it does not.
func (f *File) spread(e *editor, open, end span, nodes []ast.Node, separator, indent string) bool {
	var gaps []span
	at := open.to
	for _, n := range nodes {
		s := f.span(n)
		gaps = append(gaps, span{at, s.from})
		at = s.to
	}
	for _, g := range append(gaps, span{at, end.from}) {
		if strings.Contains(e.text[g.from:g.to], "/") {
			return false
		}
	}
	for i, g := range gaps {
		if i > 0 {
			e.replace(g, separator+"\n"+indent)
			continue
		}
		e.replace(g, "\n"+indent)
	}
	e.replace(span{at, end.from}, "")
	return true
}

// putOptions writes options of a field into its brackets, which it may have to get.
func (f *File) putOptions(e *editor, n ast.FieldDeclNode, more []lines) {
	if len(more) == 0 {
		return
	}
	options := n.GetOptions()
	if options == nil {
		at := f.span(n.FieldTag()).to
		e.insert(at, " "+brackets(more).indented(e.indent(f.span(n).from)))
		return
	}
	open, end := f.span(options.OpenBracket), f.span(options.CloseBracket)
	var nodes []ast.Node
	for _, o := range options.Options {
		nodes = append(nodes, o)
	}
	first, last := f.span(nodes[0]), f.span(nodes[len(nodes)-1])
	indent := e.indent(open.from)
	if strings.Contains(e.text[open.to:first.from], "\n") {
		e.insert(last.to, ",")
		for i, l := range more {
			if i < len(more)-1 {
				l = append(l[:len(l)-1:len(l)-1], l[len(l)-1]+",")
			}
			f.extendLong(e, end.from, []lines{l})
		}
		return
	}
	if !f.spread(e, open, end, nodes, ",", indent+unit) {
		for _, l := range more {
			e.insert(last.to, ", "+l.joined())
		}
		return
	}
	for _, o := range nodes {
		if s := f.span(o); strings.Contains(e.text[s.from:s.to], "\n") {
			e.shifted = append(e.shifted, s)
		}
	}
	for _, l := range more {
		e.insert(last.to, ",\n"+indent+unit+l.indented(indent+unit))
	}
	e.insert(end.from, "\n"+indent)
}

// brackets are a field's options in their brackets.
func brackets(options []lines) lines {
	if len(options) == 1 {
		out := append(lines{}, options[0]...)
		out[0] = "[" + out[0]
		out[len(out)-1] += "]"
		return out
	}
	out := lines{"["}
	for i, l := range options {
		l = l.deeper()
		if i < len(options)-1 {
			l[len(l)-1] += ","
		}
		out = append(out, l...)
	}
	return append(out, "]")
}
