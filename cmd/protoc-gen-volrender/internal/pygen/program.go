package pygen

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/runtime/python"
	"github.com/volint/volint/templates"
)

// program is a module for programs, as the template prints it.
type program struct {
	ABI           int
	Path, PathDoc string
	// Imports are the modules of other files that have types of this one's fields.
	Imports []string
	Enums   []enum
	Classes []class
}

type enum struct {
	Name            string
	Comment, Values []string
}

type class struct {
	// Name is the class's; FullName is a literal.
	Name, FullName string
	// Of is the first line of the docstring, Doc what follows.
	Of  string
	Doc []string
	// Slots is a tuple; Fields are lines, comments among them.
	Slots  string
	Fields []string
	Oneofs []oneof
}

type oneof struct{ Name, Method, Members string }

// Generate prints the folder for programs: a module for each file, and the
// runtime.
func Generate(p *plan.Plan) ([]output.File, error) {
	t, err := template.ParseFS(templates.FS, "python/module.py.tmpl")
	if err != nil {
		return nil, err
	}
	var files []output.File
	homes := homesOf(p)
	for _, f := range p.Files {
		var b bytes.Buffer
		if err := t.Execute(&b, newProgram(f, homes)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		text := append(bytes.TrimSpace(b.Bytes()), '\n')
		files = append(files, output.File{Name: f.Python.Rows + ".py", Content: declareCoding(text)})
	}
	for _, s := range python.Program() {
		files = append(files, output.File{Name: s.Name, Content: s.Content})
	}
	return files, nil
}

// homes has the file, of those that are generated, that declares an enum.
type homes map[string]home

type home struct {
	file *plan.File
	enum *plan.Enum
}

func homesOf(p *plan.Plan) homes {
	h := homes{}
	for _, f := range p.Files {
		for _, e := range f.Enums {
			h[e.FullName] = home{f, e}
		}
		for _, m := range f.Messages {
			h[m.FullName] = home{file: f}
		}
	}
	return h
}

// programDraft is a module for programs while it is put together.
type programDraft struct {
	file    *plan.File
	homes   homes
	imports map[string]bool
	// foreign are the messages, and enums the enums, of files that nothing is
	// generated of: the module has them itself.
	foreign shapes
	enums   map[string]*plan.Enum
}

func newProgram(f *plan.File, h homes) *program {
	d := &programDraft{file: f, homes: h, imports: map[string]bool{}, enums: map[string]*plan.Enum{}}
	d.foreign.names, d.foreign.taken = map[*plan.Message]string{}, map[string]bool{}
	for _, m := range f.Messages {
		d.foreign.taken[m.PyName] = true
	}
	for _, e := range f.Enums {
		d.foreign.taken[e.PyName] = true
	}
	for _, other := range h {
		d.foreign.taken[other.file.Python.Rows] = true
	}
	out := &program{ABI: abi, Path: f.Path, PathDoc: docText(f.Path)}
	for _, m := range f.Messages {
		out.Classes = append(out.Classes, d.class(m, m.PyName))
	}
	// Each foreign class may lead to further ones.
	for i := 0; i < len(d.foreign.order); i++ {
		m := d.foreign.order[i]
		out.Classes = append(out.Classes, d.class(m, d.foreign.names[m]))
	}
	for _, e := range f.Enums {
		out.Enums = append(out.Enums, newEnum(e, e.PyName))
	}
	for _, name := range slices.Sorted(maps.Keys(d.enums)) {
		out.Enums = append(out.Enums, newEnum(d.enums[name], name))
	}
	out.Imports = slices.Sorted(maps.Keys(d.imports))
	return out
}

// refer is how this module speaks of something of a file that is generated.
func (d *programDraft) refer(f *plan.File, name string) string {
	if f == d.file {
		return name
	}
	d.imports[f.Python.Rows] = true
	return f.Python.Rows + "." + name
}

func (d *programDraft) message(m *plan.Message) string {
	if h, ok := d.homes[m.FullName]; ok {
		return d.refer(h.file, m.PyName)
	}
	if d.foreign.names[m] == "" {
		d.foreign.names[m] = d.foreign.claim("_" + strings.ReplaceAll(m.FullName, ".", "_"))
		d.foreign.order = append(d.foreign.order, m)
	}
	return d.foreign.names[m]
}

func (d *programDraft) enum(e *plan.Enum) string {
	if h, ok := d.homes[e.FullName]; ok {
		return d.refer(h.file, h.enum.PyName)
	}
	for name, other := range d.enums {
		if other.FullName == e.FullName {
			return name
		}
	}
	name := d.foreign.claim("_" + strings.ReplaceAll(e.FullName, ".", "_"))
	d.enums[name] = e
	return name
}

func (d *programDraft) class(m *plan.Message, name string) class {
	out := class{Name: name, FullName: quoted(m.FullName), Of: m.FullName}
	if m.Doc != "" {
		out.Doc = strings.Split(docText(m.Doc), "\n")
	}
	if m.Deprecated {
		out.Doc = append(out.Doc, "Deprecated.")
	}
	p := &printer{prefix: "rows.", literal: quoted, message: d.message, enum: d.enum, more: ofProgram}
	var slots []string
	for _, f := range m.Fields {
		out.Fields = append(out.Fields, comment(f.Doc, f.Deprecated)...)
		out.Fields = append(out.Fields, p.field(filled{Field: f})+",")
		if f.Oneof == nil {
			slots = append(slots, quoted(f.PyName))
		}
	}
	out.Slots = tuple(slots, "    ", "__slots__ = ")
	for _, o := range m.Oneofs {
		var members []string
		for _, i := range o.Fields {
			members = append(members, quoted(m.Fields[i].PyName))
		}
		out.Oneofs = append(out.Oneofs, oneof{o.Name, o.PyName, strings.Join(members, ", ")})
	}
	return out
}

// ofProgram adds what only programs need to know of a value.
func ofProgram(c *call, f *plan.Field) {
	if f.PyName != "" && f.PyName != f.Name {
		c.add("attr=%s", quoted(f.PyName))
	}
	c.flag(f.ValidateUTF8, "utf8")
	switch {
	case f.HasDefault:
		c.add("default=%s", defaultOf(f))
	case f.Kind == plan.EnumKind && f.Label != plan.Map && f.Enum.Values[0].Number != 0:
		c.add("default=%d", f.Enum.Values[0].Number)
	}
}

func newEnum(e *plan.Enum, name string) enum {
	out := enum{Name: name, Comment: comment(cmp.Or(e.Doc, e.FullName), false)}
	for _, v := range e.Values {
		out.Values = append(out.Values, comment(v.Doc, false)...)
		out.Values = append(out.Values, fmt.Sprintf("(%s, %d),", quoted(v.Name), v.Number))
	}
	return out
}
