package protofile

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/option"
	"github.com/volint/volint/runtime/session"
)

// Message is a message of a file.
type Message struct {
	Name string
	Line int
	// Command is its option, nil where it has none.
	Command *volrenderv1.Command
	// Fields are in the file's order, those of oneofs among them.
	Fields []*Field
	// Deprecated is protobuf's own option.
	Deprecated bool

	node     *ast.MessageNode
	options  settings
	part     bool
	numbers  []numbers       // used or reserved
	reserved map[string]bool // names
	inner    map[string]bool // what else it declares
}

// Field is a field of a message.
type Field struct {
	Name string
	// Type is as the file has it, without a dot in front: "uint64". A map's is "map".
	Type     string
	Repeated bool
	Number   int
	Line     int
	// Option is its option, nil where it has none.
	Option     *volrenderv1.Field
	Deprecated bool

	node    ast.FieldDeclNode
	options settings
	oneof   *ast.OneofNode
}

// numbers are a range, both ends included.
type numbers struct{ from, to int }

const (
	maxNumber     = 1<<29 - 1
	firstInternal = 19000 // protobuf's own
	lastInternal  = 19999
)

// IsCommand says whether the message is one, as far as the file shows.
func (m *Message) IsCommand() bool { return !m.part }

// Source is the message's source in a version of Volatility, or nil.
func (m *Message) Source(v session.Version) *volrenderv1.Source { return sourceOf(m.Command, v) }

// Reserves says that the message keeps a name from being used, by the folded name.
func (m *Message) Reserves(folded string) bool {
	for name := range m.reserved {
		if option.Fold(name) == folded {
			return true
		}
	}
	return false
}

// Cell is the field's cell in a version of Volatility, or nil.
func (f *Field) Cell(v session.Version) *volrenderv1.Cell { return cellOf(f.Option, v) }

// Companion says whether the field holds why another one has no value.
func (m *Message) Companion(f *Field) bool { return m.subject(f) != nil }

// subject is the field that a companion is of, or nil.
func (m *Message) subject(f *Field) *Field {
	for _, other := range m.Fields {
		if other.Option.GetAbsence() == f.Name && other != f {
			return other
		}
	}
	return nil
}

func sourceOf(c *volrenderv1.Command, v session.Version) *volrenderv1.Source {
	if v == session.Volatility2 {
		return c.GetVolatility2()
	}
	return c.GetVolatility3()
}

func cellOf(o *volrenderv1.Field, v session.Version) *volrenderv1.Cell {
	if v == session.Volatility2 {
		return o.GetVolatility2()
	}
	return o.GetVolatility3()
}

func (f *File) message(n *ast.MessageNode) (*Message, error) {
	m := &Message{
		Name: n.Name.Val, Line: f.line(n), node: n,
		reserved: map[string]bool{}, inner: map[string]bool{},
	}
	var options []*ast.OptionNode
	for _, d := range n.Decls {
		if o, ok := d.(*ast.OptionNode); ok {
			options = append(options, o)
		}
		if err := f.member(m, d); err != nil {
			return nil, err
		}
	}
	command := &volrenderv1.Command{}
	found, err := f.settings(options, "command", command, &m.options)
	if found {
		m.Command = command
	}
	m.Deprecated = f.deprecated(options)
	return m, err
}

// member notes one thing that a message's body declares.
func (f *File) member(m *Message, d ast.MessageElement) error {
	switch d := d.(type) {
	case *ast.FieldNode:
		return f.field(m, d, nil)
	case *ast.MapFieldNode:
		return f.field(m, d, nil)
	case *ast.GroupNode:
		m.inner[d.Name.Val] = true
		return f.field(m, d, nil)
	case *ast.OneofNode:
		m.inner[d.Name.Val] = true
		for _, e := range d.Decls {
			if field, ok := e.(ast.FieldDeclNode); ok {
				if err := f.field(m, field, d); err != nil {
					return err
				}
			}
		}
	case *ast.MessageNode:
		m.inner[d.Name.Val] = true
	case *ast.EnumNode:
		m.inner[d.Name.Val] = true
		for _, e := range d.Decls {
			if value, ok := e.(*ast.EnumValueNode); ok {
				m.inner[value.Name.Val] = true
			}
		}
	case *ast.ExtensionRangeNode:
		m.take(d.Ranges)
	case *ast.ReservedNode:
		m.take(d.Ranges)
		for _, s := range d.Names {
			m.reserved[s.AsString()] = true
		}
		for _, s := range d.Identifiers {
			m.reserved[s.Val] = true
		}
	}
	return nil
}

// take notes that ranges of numbers are not free.
func (m *Message) take(ranges []*ast.RangeNode) {
	for _, r := range ranges {
		from, _ := r.StartValueAsInt32(1, maxNumber)
		to, ok := r.EndValueAsInt32(1, maxNumber)
		if !ok {
			to = maxNumber
		}
		m.numbers = append(m.numbers, numbers{int(from), int(to)})
	}
}

func (f *File) field(m *Message, n ast.FieldDeclNode, oneof *ast.OneofNode) error {
	field := &Field{Name: identifier(n.FieldName()), Line: f.line(n), node: n, oneof: oneof}
	switch n := n.(type) {
	case *ast.FieldNode:
		field.Type = strings.TrimPrefix(string(n.FldType.AsIdentifier()), ".")
		field.Repeated = n.Label.Repeated
		field.Number = int(n.Tag.Val)
	case *ast.GroupNode:
		field.Name = strings.ToLower(field.Name)
		field.Type, field.Repeated, field.Number = n.Name.Val, n.Label.Repeated, int(n.Tag.Val)
	case *ast.MapFieldNode:
		field.Type, field.Number = "map", int(n.Tag.Val)
	}
	m.numbers = append(m.numbers, numbers{field.Number, field.Number})
	message := &volrenderv1.Field{}
	options := n.GetOptions().GetElements()
	found, err := f.settings(options, "field", message, &field.options)
	if found {
		field.Option = message
	}
	field.Deprecated = f.deprecated(options)
	m.Fields = append(m.Fields, field)
	return err
}

// deprecated says whether protobuf's own option is set.
func (f *File) deprecated(options []*ast.OptionNode) bool {
	for _, o := range options {
		if len(o.Name.Parts) == 1 && o.Name.Parts[0].Value() == "deprecated" {
			return f.raw(o.Val) == "true"
		}
	}
	return false
}

// nextNumber is the first free number behind all that are used; where there is none,
// the lowest free one. 0 says that all are used.
func (m *Message) nextNumber(given []int) int {
	used := append([]numbers{{firstInternal, lastInternal}}, m.numbers...)
	highest := 0
	for _, n := range given {
		used = append(used, numbers{n, n})
		highest = max(highest, n)
	}
	for _, r := range m.numbers {
		if r.to < maxNumber {
			highest = max(highest, r.to)
		}
	}
	if n := free(highest+1, used); n != 0 {
		return n
	}
	return free(1, used)
}

// free is the first number from n on that no range holds, or 0.
func free(n int, used []numbers) int {
	for moved := true; moved; {
		moved = false
		for _, r := range used {
			if r.from <= n && n <= r.to {
				n, moved = r.to+1, true
			}
		}
	}
	if n > maxNumber {
		return 0
	}
	return n
}
