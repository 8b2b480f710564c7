package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
)

// A scope is a set of names of which no two may be equal.
type scope map[string]bool

// claim takes a name for the scope: the wanted one, with as many `_` behind it
// as it takes until it is free and allowed. What the emitter makes of the name
// (HasX beside X) is claimed along with it.
func (s scope) claim(want string, reserved func(string) bool, derived func(string) []string) string {
	name := want
	for !s.free(name, reserved) || derived != nil && slices.ContainsFunc(derived(name), func(d string) bool { return s[d] }) {
		name += "_"
	}
	s[name] = true
	if derived != nil {
		for _, d := range derived(name) {
			s[d] = true
		}
	}
	return name
}

func (s scope) free(name string, reserved func(string) bool) bool {
	return !s[name] && !(reserved != nil && reserved(name))
}

// name gives everything its names. Within a file the order of declaration
// decides who keeps a name that two want, between files the order of their
// paths: so a name does not depend on the order of the request.
func (b *builder) name() {
	files := slices.Clone(b.files)
	slices.SortFunc(files, func(x, y *file) int { return strings.Compare(x.Path, y.Path) })
	packages := map[string]scope{}
	global := scope{}
	b.listC(global)
	var modules []string
	for _, f := range files {
		pythonFile(f)
		modules = append(modules, f.Python.Rows)
	}
	for _, f := range files {
		b.goFile(f)
		cFile(f, global)
		if packages[f.Go.ImportPath] == nil {
			packages[f.Go.ImportPath] = scope{}
		}
		packages[f.Go.ImportPath].nameGo(f)
		global.nameC(f)
		namePython(f, modules)
	}
	b.references()
	b.pythonModules(files)
}

// references marks the enums that have a Go type beside the fields that use
// them, names the others, and finds the headers that declare the types of fields
// for C.
func (b *builder) references() {
	home := map[*Enum]*file{}
	for _, f := range b.files {
		for _, e := range f.Enums {
			e.Local = f.generate
			if f.generate {
				home[e] = f
			}
		}
	}
	for _, f := range b.files {
		for _, m := range f.Messages {
			for _, field := range m.Fields {
				f.refer(field, home)
			}
		}
		slices.Sort(f.C.Includes)
		f.C.Includes = slices.Compact(f.C.Includes)
	}
}

// refer notes what a field's type asks of its file.
func (f *file) refer(field *Field, home map[*Enum]*file) {
	if m := field.Message; m != nil && m.File != f.File {
		f.C.Includes = append(f.C.Includes, m.File.C.Header)
	}
	h := home[field.Enum]
	if h == nil || h == f {
		return
	}
	if h.Go.ImportPath != f.Go.ImportPath {
		field.Enum = elsewhere(field.Enum)
		if field.Value != nil {
			field.Value.Enum = field.Enum
		}
		return
	}
	f.C.Includes = append(f.C.Includes, h.C.Header)
}

// elsewhere is an enum as seen from another Go package.
func elsewhere(e *Enum) *Enum {
	other := *e
	other.Local = false
	return &other
}

// stem is a path without its extension, with all that is no letter or digit
// made `_`, and a `_` before a digit: an identifier in every language.
func stem(protoPath string) string {
	s := strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.TrimSuffix(protoPath, ".proto"))
	if s == "" || '0' <= s[0] && s[0] <= '9' {
		s = "_" + s
	}
	return s
}

// flat is a protobuf name as one identifier.
func flat(fullName string) string { return strings.ReplaceAll(fullName, ".", "_") }

// camel is a name in the spelling that protoc-gen-go gives it: `_` and a lower
// case letter become an upper case one.
func camel(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		lower := func(j int) bool { return j < len(s) && 'a' <= s[j] && s[j] <= 'z' }
		switch {
		case c == '_' && i == 0:
			out = append(out, 'X')
		case c == '_' && lower(i+1):
		case lower(i) && (i == 0 || s[i-1] == '_' || '0' <= s[i-1] && s[i-1] <= '9'):
			out = append(out, c-'a'+'A')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func (b *builder) goFile(f *file) {
	name := string(f.gen.GoPackageName) + b.opts.GoSuffix
	prefix, importPath := f.gen.GeneratedFilenamePrefix, string(f.gen.GoImportPath)
	if f.Package == "google.protobuf" && strings.HasPrefix(importPath, "google.golang.org/") {
		// Nobody can write to protobuf's own packages: volint has one for all, and
		// one for descriptors, which are many and which few have.
		// Their names don't follow the parameters of whoever imports them.
		name, importPath = "wellknownrow", wellKnownGo
		if path.Base(f.Path) == "descriptor.proto" {
			name = "descriptorrow"
		}
		prefix = path.Join(wellKnownGo, path.Base(prefix))
	}
	if f.Package == ownPackageName {
		// The same holds for volint's: they are shipped, and made nowhere else.
		name, importPath = "volrenderv1row", ownGo
		prefix = path.Join(ownGo, path.Base(prefix))
	}
	base := camel(stem(path.Base(f.Path)))
	filename := path.Join(path.Dir(prefix), name, path.Base(prefix)+".volrender.go")
	if module := parameter(b.gen.Request, "module"); module != "" && f.generate {
		below, ok := strings.CutPrefix(filename, module+"/")
		if !ok {
			b.errorf(goPackagePos(f.gen.Proto), fmt.Sprintf("let go_package begin with %s/, or take the parameter module out", module),
				"the Go package %q does not lie in module %q", string(f.gen.GoImportPath), module)
		}
		filename = below
	}
	f.Go = GoFile{
		ImportPath:    path.Join(importPath, name),
		Package:       name,
		Filename:      filename,
		DescriptorVar: "file" + base + "Descriptors",
		Commands:      base + "Commands",
	}
}

// wellKnownGo is above the Go package of google/protobuf's files.
const wellKnownGo = "github.com/volint/volint/gen/go/google/protobuf"

// ownGo is above the Go package of volint's own messages, those of ownPackageName.
const (
	ownPackageName = "volint.volrender.v1"
	ownGo          = "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// goMethods are the methods of every generated struct, and those that it may
// get.
var goMethods = words(`Append Clone Decode DecodeCopy Descriptor Equal Format GoString Message
	ProtoMessage ProtoReflect Reset Size String UnknownFields Value`)

func (s scope) nameGo(f *file) {
	f.Go.Commands = s.claim(f.Go.Commands, nil, nil)
	f.Go.DescriptorVar = s.claim(f.Go.DescriptorVar, nil, nil)
	for i, m := range f.Messages {
		m.GoName = s.claim(f.descs[i].GoIdent.GoName, nil, nil)
		fields := scope{}
		for _, field := range m.Fields {
			field.GoName = fields.claim(camel(field.Name), func(n string) bool { return goMethods[n] }, goAccessors)
		}
		for _, o := range m.Oneofs {
			o.GoName = fields.claim("Which"+camel(o.Name), nil, nil)
		}
	}
	eachEnum(f, func(e *Enum, gen *protogen.Enum) {
		e.GoName = s.claim(gen.GoIdent.GoName, nil, nil)
		for i := range e.Values {
			e.Values[i].GoName = s.claim(gen.Values[i].GoIdent.GoName, nil, nil)
		}
	})
}

// goAccessors are the methods that a field has beside itself.
func goAccessors(field string) []string {
	return []string{"Has" + field, "Set" + field, "Clear" + field, "Get" + field}
}

// eachEnum visits the enums of a file beside what they were made from.
func eachEnum(f *file, visit func(*Enum, *protogen.Enum)) {
	i := 0
	walkEnums(f.gen.Enums, f.gen.Messages, func(gen *protogen.Enum) {
		visit(f.Enums[i], gen)
		i++
	})
}
