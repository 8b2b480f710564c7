package gogen

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

// holes are parts of a file that are printed as gofmt has them, since gofmt takes most
// of the time that a file takes. They come into the file when the rest is formatted,
// and imports have the names that they have there.
type holes struct {
	parts []func(*bytes.Buffer, *spelling)
}

// mark is the beginning of a line in place of a text. A comment of a schema has a space
// behind the slashes.
const mark = "//volint:text "

// add notes a text that comes next in the file: one or more declarations, or nothing.
func (t *holes) add(out *jen.File, print func(*bytes.Buffer, *spelling)) {
	out.Comment(mark + strconv.Itoa(len(t.parts)))
	out.Line()
	t.parts = append(t.parts, print)
}

// fill puts the texts into the formatted file.
func (t *holes) fill(out *jen.File, formatted []byte) ([]byte, error) {
	types := &spelling{file: out, types: map[fieldType]string{}}
	b := bytes.NewBuffer(make([]byte, 0, 3*len(formatted)))
	for _, print := range t.parts {
		before, after, found := bytes.Cut(formatted, []byte("\n"+mark))
		if !found {
			return nil, errors.New("the place of a text is lost")
		}
		_, formatted, _ = bytes.Cut(after, []byte("\n"))
		b.Write(before)
		b.WriteByte('\n')
		var text bytes.Buffer
		print(&text, types)
		if text.Len() == 0 {
			formatted = bytes.TrimPrefix(formatted, []byte("\n"))
		}
		b.Write(text.Bytes())
	}
	b.Write(formatted)
	return b.Bytes(), types.err
}

// spelling spells types and values as a file's code does.
type spelling struct {
	file  *jen.File
	types map[fieldType]string
	err   error
}

// fieldType is what the type of a field that is no map depends on.
type fieldType struct {
	kind    plan.Kind
	label   plan.Label
	message *plan.Message
	enum    *plan.Enum
}

// of is a field's type.
func (s *spelling) of(f *plan.Field) string {
	if f.Label == plan.Map {
		return s.rendered(jen.Var().Id("x").Add(goType(f)), "var x ")
	}
	key := fieldType{f.Kind, f.Label, f.Message, f.Enum}
	if s.types[key] == "" {
		s.types[key] = s.rendered(jen.Var().Id("x").Add(goType(f)), "var x ")
	}
	return s.types[key]
}

// spelled is a value.
func (s *spelling) spelled(value jen.Code) string {
	return s.rendered(jen.Var().Id("x").Op("=").Add(value), "var x = ")
}

// rendered is a declaration less what stands before what is wanted.
func (s *spelling) rendered(declaration *jen.Statement, before string) string {
	var b strings.Builder
	if err := declaration.RenderWithFile(&b, s.file); err != nil && s.err == nil {
		s.err = err
	}
	return strings.TrimPrefix(b.String(), before)
}
