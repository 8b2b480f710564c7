package protofile

import (
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// body is what comes into a message and what goes from it.
type body struct {
	message *Message
	// options are statements without the word option and the semicolon.
	options []lines
	fields  []lines
	gone    []*Field
	// deprecated are the fields that are from now on.
	deprecated map[*Field]bool
	// cut are declarations that go, besides fields.
	cut map[ast.Node]bool
}

// put writes it.
func (b *body) put(f *File, e *editor) {
	for _, x := range b.gone {
		f.cut(e, x.node, b.message.node)
	}
	options, reserved := b.statements(), b.reserved(f)
	top, after := b.last(isOptionNode), b.last(isReservedNode)
	if len(reserved) > 0 && after == nil {
		if top != nil || len(options) > 0 {
			options = append(options, lines{""})
		}
		options, reserved = append(options, reserved), nil
	}
	f.putTop(e, top, b.message.node, options)
	if len(reserved) > 0 {
		f.putTop(e, after, b.message.node, []lines{reserved})
	}
	f.putEnd(e, b.message.node, b.fields)
}

// last is the last of a message's declarations of a kind that stays, or nil.
func (b *body) last(kind func(ast.Node) bool) ast.Node {
	var last ast.Node
	for _, d := range b.message.node.Decls {
		if kind(d) && !b.cut[d] {
			last = d
		}
	}
	return last
}

func isOptionNode(n ast.Node) bool   { _, is := n.(*ast.OptionNode); return is }
func isReservedNode(n ast.Node) bool { _, is := n.(*ast.ReservedNode); return is }

// emptied says whether a oneof has no member but what goes.
func emptied(o *ast.OneofNode, gone map[ast.Node]bool) bool {
	for _, d := range o.Decls {
		if field, ok := d.(ast.FieldDeclNode); ok && !gone[field] {
			return false
		}
	}
	return true
}

// statements are the options as statements.
func (b *body) statements() []lines {
	var out []lines
	for _, o := range b.options {
		l := append(lines{}, o...)
		l[0] = "option " + l[0]
		l[len(l)-1] += ";"
		out = append(out, l)
	}
	return out
}

// reserved are the statements that keep the numbers and names of what goes.
func (b *body) reserved(f *File) lines {
	var kept, names []string
	for _, x := range b.gone {
		kept = append(kept, fmt.Sprint(x.Number))
		name := quote(x.Name)
		if f.node.Edition != nil {
			name = x.Name
		}
		if !b.message.reserved[x.Name] {
			names = append(names, name)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	reserved := lines{"reserved " + strings.Join(kept, ", ") + ";"}
	if len(names) > 0 {
		reserved = append(reserved, "reserved "+strings.Join(names, ", ")+";")
	}
	return reserved
}

// putTop writes statements at the top of a message: behind one of its declarations,
// where there is one.
func (f *File) putTop(e *editor, after ast.Node, m *ast.MessageNode, statements []lines) {
	if len(statements) == 0 {
		return
	}
	indent := e.indent(f.span(m).from) + unit
	at := f.span(m.OpenBrace).to
	if after != nil {
		at = f.span(after).to
	}
	at = e.afterLine(at)
	var b strings.Builder
	for _, l := range statements {
		b.WriteString(strings.TrimRight("\n"+indent+l.indented(indent), " \t"))
	}
	if !e.endsLine(at) {
		b.WriteString("\n" + indent)
	} else if !f.followedByBlank(at) && !f.continues(at, statements) {
		b.WriteByte('\n')
	}
	e.insert(at, b.String())
}

// continues says that what follows a line is of the kind of the statements put there.
func (f *File) continues(at int, statements []lines) bool {
	_, rest, _ := strings.Cut(f.text[at:], "\n")
	word, _, _ := strings.Cut(statements[len(statements)-1][0], " ")
	return strings.HasPrefix(strings.TrimSpace(rest), word+" ")
}

// followedByBlank says that a line that ends at a place is the last of a block: a
// blank line or a closing brace follows.
func (f *File) followedByBlank(at int) bool {
	_, rest, more := strings.Cut(f.text[at:], "\n")
	next := strings.TrimSpace(line(rest))
	return !more || next == "" || strings.HasPrefix(next, "}")
}

// putEnd writes fields at the end of a message.
func (f *File) putEnd(e *editor, m *ast.MessageNode, fields []lines) {
	if len(fields) == 0 {
		return
	}
	end := f.span(m.CloseBrace).from
	outer := e.indent(f.span(m).from)
	indent := outer + unit
	at, before, after := e.lineStart(end), "", "\n"
	if !e.startsLine(end) {
		at = end
		before, after = "\n", ""
	}
	for i, l := range fields {
		gap := ""
		if i > 0 || len(m.Decls) > 0 && !f.blankBefore(at) {
			gap = "\n"
		}
		e.insert(at, before+gap+indent+l.indented(indent)+after)
	}
	if before != "" {
		e.insert(at, "\n"+outer)
	}
}

// blankBefore says that a blank line ends at a place.
func (f *File) blankBefore(at int) bool {
	return strings.HasSuffix(strings.ReplaceAll(f.text[:at], "\r", ""), "\n\n")
}

// cut takes a declaration out, with the comment above it and the one in its line.
func (f *File) cut(e *editor, n ast.Node, m *ast.MessageNode) {
	s := f.span(n)
	from := f.commentAbove(s.from, f.span(m.OpenBrace).to)
	to := e.afterLine(s.to)
	if !e.startsLine(from) || !e.endsLine(to) {
		e.replace(span{from, to}, "")
		return
	}
	from = e.lineStart(from)
	if i := strings.IndexByte(f.text[to:], '\n'); i >= 0 {
		to += i + 1
	}
	// Of the blank lines around it those above go, unless it was the first: then those
	// below.
	if f.blankBefore(from) {
		from = f.lessBlank(from)
	} else if strings.HasSuffix(strings.TrimRight(f.text[:from], " \t\r\n"), "{") {
		to = f.lessBlankBelow(to)
	}
	e.replace(span{from, to}, "")
}

// lessBlank is the place before the blank lines that end at a place.
func (f *File) lessBlank(at int) int {
	trimmed := strings.TrimRight(f.text[:at], " \t\r\n")
	if i := strings.IndexByte(f.text[len(trimmed):], '\n'); i >= 0 {
		return len(trimmed) + i + 1
	}
	return at
}

func (f *File) lessBlankBelow(at int) int {
	rest := f.text[at:]
	blank := rest[:len(rest)-len(strings.TrimLeft(rest, " \t\r\n"))]
	return at + strings.LastIndexByte(blank, '\n') + 1
}

// commentAbove is where the comment begins that stands right above a place: lines that
// begin with comments, and no blank line among them. It lies behind least.
func (f *File) commentAbove(at, least int) int {
	start := at
	for {
		from := strings.LastIndexByte(f.text[:start], '\n') + 1
		if from <= least || strings.TrimSpace(f.text[from:start]) != "" {
			return start
		}
		above := f.text[:from-1]
		first := strings.LastIndexByte(above, '\n') + 1
		words := strings.TrimSpace(above[first:])
		switch {
		case first < least:
			return start
		case strings.HasPrefix(words, "//"):
			start = first + strings.Index(above[first:], "//")
		case strings.HasSuffix(words, "*/"):
			open := strings.LastIndex(above, "/*")
			if open < least || strings.TrimSpace(f.text[strings.LastIndexByte(f.text[:open], '\n')+1:open]) != "" {
				return start
			}
			start = open
		default:
			return start
		}
	}
}
