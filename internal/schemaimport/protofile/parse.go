// Package protofile reads .proto files, and puts into them what an import wants to
// be there. It edits the text: what it has no reason to change stays byte for byte,
// comments, order, formatting and what it does not know included.
package protofile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// File is a .proto file: its text, and what stands where in it. It does not change.
type File struct {
	// Name is what the file is called in messages: its path.
	Name string
	// Package is the file's package, "" where it has none.
	Package string
	// Messages are those at the top level, in the file's order.
	Messages []*Message

	text    string
	bom     string
	node    *ast.FileNode
	imports []*ast.ImportNode
	names   map[string]bool // what the top level declares besides messages
	// presence says how a singular field with presence is declared.
	presence presence
}

// presence is how the file's language declares a singular field with presence.
type presence int

const (
	labelled presence = iota // proto2 and proto3: optional
	bare                     // editions: nothing
	featured                 // editions where the file's default is another
)

// Mistake is what is wrong with a file that is there.
type Mistake struct {
	File      string
	Line, Col int
	What      string
	Hint      string
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Col, m.What)
}

var bom = []byte("\xef\xbb\xbf")

// Parse reads a file. What it imports is not looked at. The error is a *Mistake.
func Parse(name string, text []byte) (*File, error) {
	f := &File{Name: name, names: map[string]bool{}}
	if rest, ok := bytes.CutPrefix(text, bom); ok {
		f.bom, text = string(bom), rest
	}
	f.text = string(text)
	if err := f.parse(); err != nil {
		return nil, err
	}
	for _, d := range f.node.Decls {
		if err := f.declare(d); err != nil {
			return nil, err
		}
	}
	f.presence = f.presenceOf()
	f.noteParts()
	return f, nil
}

func (f *File) parse() error {
	handler := reporter.NewHandler(nil)
	node, err := parser.Parse(f.Name, strings.NewReader(f.text), handler)
	if err == nil {
		f.node = node
		// Numbers that are used twice and the like: what comes after needs no more than
		// that the file is sound by itself.
		_, err = parser.ResultFromAST(node, true, handler)
	}
	return f.mistake(err)
}

// mistake is an error of the parser's.
func (f *File) mistake(err error) error {
	if err == nil {
		return nil
	}
	m := &Mistake{File: f.Name, Line: 1, Col: 1, What: err.Error(),
		Hint: "mend the file; `buf build` or protoc says more. Nothing was written"}
	var at reporter.ErrorWithPos
	if errors.As(err, &at) {
		p := at.GetPosition()
		m.Line, m.Col, m.What = max(p.Line, 1), max(p.Col, 1), at.Unwrap().Error()
	}
	if strings.HasPrefix(m.What, "edition value") {
		m.Hint = "files up to edition 2023 can be read; let the messages be in one of these"
	}
	return m
}

// wrong is a mistake at a place.
func (f *File) wrong(n ast.Node, hint, format string, args ...any) error {
	at := f.node.NodeInfo(n).Start()
	return &Mistake{File: f.Name, Line: at.Line, Col: at.Col, What: fmt.Sprintf(format, args...), Hint: hint}
}

func (f *File) declare(d ast.FileElement) error {
	switch d := d.(type) {
	case *ast.PackageNode:
		f.Package = string(d.Name.AsIdentifier())
	case *ast.ImportNode:
		f.imports = append(f.imports, d)
	case *ast.EnumNode:
		f.names[d.Name.Val] = true
	case *ast.ServiceNode:
		f.names[d.Name.Val] = true
	case *ast.ExtendNode:
		for _, e := range d.Decls {
			if field, ok := e.(ast.FieldDeclNode); ok {
				f.names[identifier(field.FieldName())] = true
			}
		}
	case *ast.MessageNode:
		m, err := f.message(d)
		if err != nil {
			return err
		}
		f.Messages = append(f.Messages, m)
	}
	return nil
}

// presenceOf is how the file's language declares a field with presence.
func (f *File) presenceOf() presence {
	if f.node.Edition == nil {
		return labelled
	}
	how := bare
	for _, d := range f.node.Decls {
		option, ok := d.(*ast.OptionNode)
		if !ok {
			continue
		}
		words := f.raw(option)
		if strings.Contains(words, "field_presence") && !strings.Contains(words, "EXPLICIT") {
			how = featured
		}
	}
	return how
}

// noteParts takes the messages that are types of others' fields for no commands,
// unless an option says so.
func (f *File) noteParts() {
	used := map[string]bool{}
	for _, m := range f.Messages {
		for _, field := range m.Fields {
			name := field.Type[strings.LastIndexByte(field.Type, '.')+1:]
			if name != m.Name {
				used[name] = true
			}
		}
	}
	for _, m := range f.Messages {
		if m.Command == nil {
			m.part = used[m.Name] || len(m.Fields) == 0
		} else {
			m.part = m.Command.GetIgnore()
		}
	}
}

// message returns the message of a name, or nil.
func (f *File) messageNamed(name string) *Message {
	for _, m := range f.Messages {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// span is a part of the text: from is its first byte, to the one behind it.
type span struct{ from, to int }

func (f *File) span(n ast.Node) span {
	info := f.node.NodeInfo(n)
	return span{info.Start().Offset, info.End().Offset + 1}
}

func (f *File) raw(n ast.Node) string {
	s := f.span(n)
	return f.text[s.from:s.to]
}

func (f *File) line(n ast.Node) int { return f.node.NodeInfo(n).Start().Line }

func identifier(n ast.Node) string {
	if name, ok := n.(ast.IdentValueNode); ok {
		return string(name.AsIdentifier())
	}
	return ""
}
