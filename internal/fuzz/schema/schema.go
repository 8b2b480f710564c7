// Package schema makes random .proto files, which use as much of the language as
// they can: proto2, proto3 and edition 2023, every kind and label of field, maps,
// oneofs, groups, nesting, recursion, imports, and names that are words in the
// languages that code is generated for.
package schema

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Schema is a set of files that import nothing but one another, volint's options
// and protobuf's own files.
type Schema struct {
	// Files are the texts by path.
	Files map[string]string
	// Roots are the full names of the messages to test, which are commands. They
	// are no field's type.
	Roots []string
}

// Random makes a schema, the same for the same seed. Its Go packages lie below
// module, its files and packages bear the seed, so that several schemas can be
// generated in one run.
func Random(seed uint64, module string) Schema {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x766f6c696e74)), module: module, id: fmt.Sprintf("s%d", seed)}
	var base, lib *file
	if g.one(3) {
		base = g.file("_base", nil)
	}
	if g.one(2) {
		var imports []*file
		if base != nil {
			imports = append(imports, base)
		}
		lib = g.file("_lib", imports)
	}
	var imports []*file
	if lib != nil {
		imports = append(imports, lib)
	}
	main := g.file("", imports)
	g.roots(main)
	s := Schema{Files: map[string]string{}}
	for _, f := range []*file{base, lib, main} {
		if f == nil {
			continue
		}
		s.Files[f.path] = f.text()
		for _, m := range f.messages {
			if m.root {
				s.Roots = append(s.Roots, m.full)
			}
		}
	}
	return s
}

// Join is several schemas as one.
func Join(schemas ...Schema) Schema {
	all := Schema{Files: map[string]string{}}
	for _, s := range schemas {
		maps.Copy(all.Files, s.Files)
		all.Roots = append(all.Roots, s.Roots...)
	}
	return all
}

type generator struct {
	*rand.Rand
	module, id string
}

// one is true once in n times.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// syntax is what a file begins with.
type syntax string

const (
	proto2  syntax = `syntax = "proto2";`
	proto3  syntax = `syntax = "proto3";`
	edition syntax = `edition = "2023";`
)

type file struct {
	path, pkg string
	goPackage string
	syntax    syntax
	// features are the file's options in an edition.
	features []string
	imports  []*file
	// public says that the imports are passed on.
	public   bool
	messages []*message
	enums    []*enum
}

// file makes a file with its enums and messages, whose fields can have the types
// of what it imports.
func (g *generator) file(suffix string, imports []*file) *file {
	f := &file{
		path:    g.id + suffix + ".proto",
		pkg:     "fuzz." + g.id,
		syntax:  pick(g, []syntax{proto2, proto3, edition}),
		imports: imports,
		public:  g.one(2),
	}
	f.goPackage = fmt.Sprintf("%s/%s;%s", g.module, g.id, g.id)
	// No Go package may import itself by way of another.
	common := func(other *file) bool { return other.pkg == f.pkg }
	if suffix != "" && g.one(2) && !slices.ContainsFunc(imports, common) {
		f.pkg += "." + strings.Trim(suffix, "_")
		f.goPackage = fmt.Sprintf("%s/%s%s;%s%s", g.module, g.id, suffix, g.id, strings.Trim(suffix, "_"))
	}
	if f.syntax == edition {
		f.features = g.fileFeatures()
	}
	for i := range 1 + g.IntN(2) {
		f.enums = append(f.enums, g.enum(f, fmt.Sprintf("%sEnum%s%d", pick(g, typeNames), strings.Trim(suffix, "_"), i)))
	}
	for i := range 2 + g.IntN(4) {
		f.messages = append(f.messages, g.message(f, nil, fmt.Sprintf("%s%s%d", pick(g, typeNames), strings.Trim(suffix, "_"), i)))
	}
	for _, m := range f.all() {
		g.fields(m, 1+g.IntN(6))
	}
	return f
}

func (g *generator) fileFeatures() []string {
	var out []string
	for _, f := range []string{
		"message_encoding = DELIMITED",
		"repeated_field_encoding = EXPANDED",
		"field_presence = IMPLICIT",
		"enum_type = CLOSED",
		"utf8_validation = NONE",
	} {
		if g.one(5) {
			out = append(out, f)
		}
	}
	return out
}

// has reports whether the file has this feature for a default.
func (f *file) has(feature string) bool {
	for _, have := range f.features {
		if strings.HasSuffix(have, feature) {
			return true
		}
	}
	return false
}

// roots adds the messages that the tests are about: many fields each.
func (g *generator) roots(f *file) {
	for i := range 2 {
		m := &message{name: fmt.Sprintf("Root%s%c", strings.ToUpper(g.id), 'A'+i), file: f, root: true}
		m.full = f.pkg + "." + m.name
		fields := 8 + g.IntN(12)
		if g.one(3) {
			fields = 66 + g.IntN(10) // more than a word has presence bits
		}
		g.fields(m, fields)
		f.messages = append(f.messages, m)
	}
}

// all are the messages of a file, the nested ones too.
func (f *file) all() []*message {
	var out []*message
	var walk func(in []*message)
	walk = func(in []*message) {
		for _, m := range in {
			out = append(out, m)
			walk(m.nested)
		}
	}
	walk(f.messages)
	return out
}

// typeNames begin names of messages and enums: words that some language knows.
var typeNames = []string{
	"Node", "Message", "String", "Object", "Error", "Row", "Value", "Type", "List", "Map", "Entry", "Field",
	"Frame", "Reader", "Class", "Int", "Bool", "None", "Exception", "union", "struct", "_lead", "snake_case",
	"UPPER_CASE", "camelCase", "x", "Decode", "Arena", "row", "str",
}
