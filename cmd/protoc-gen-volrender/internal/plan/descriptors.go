package plan

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// descriptors is the set of a file and all that it imports, imports first: what
// a program needs to make messages of a schema that it does not know. Protobuf's
// own files and options.proto are left out: package dynamic has them, and
// descriptor.proto alone would be longer than most generated files.
func descriptors(gen *protogen.Plugin, f *protogen.File) ([]byte, error) {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	var add func(path string) error
	add = func(path string) error {
		f := gen.FilesByPath[path]
		if f == nil || seen[path] || everywhere(f.Desc.Package()) {
			return nil
		}
		seen[path] = true
		p, err := bare(f)
		if err != nil {
			return err
		}
		for _, imported := range p.Dependency {
			if err := add(imported); err != nil {
				return err
			}
		}
		set.File = append(set.File, p)
		return nil
	}
	if err := add(f.Desc.Path()); err != nil {
		return nil, err
	}
	return encoded.Marshal(set)
}

// everywhere reports packages whose files package dynamic has.
func everywhere(pkg protoreflect.FullName) bool {
	return pkg == "google.protobuf" || pkg == ownPackageName
}

// Options may be partial, which is not for this program to judge.
var (
	encoded = proto.MarshalOptions{Deterministic: true, AllowPartial: true}
	decoded = proto.UnmarshalOptions{AllowPartial: true}
)

// bare is a file without comments and without what is for this plug-in alone:
// its options and, where only they needed it, the import of options.proto, which
// would drag descriptor.proto along.
func bare(f *protogen.File) (*descriptorpb.FileDescriptorProto, error) {
	p := proto.Clone(f.Proto).(*descriptorpb.FileDescriptorProto)
	p.SourceCodeInfo, p.OptionDependency = nil, nil
	if p.GetSyntax() == "proto2" {
		p.Syntax = nil // which means the same; not all front ends write it
	}
	if err := bareMessages(p.MessageType); err != nil {
		return nil, err
	}
	if err := bareFields(p.Extension); err != nil {
		return nil, err
	}
	dropImports(p, f.Desc.Imports(), func(imported protoreflect.FileDescriptor) bool {
		return imported.Package() == ownPackageName && !mentions(p, imported)
	})
	return p, nil
}

func bareMessages(ms []*descriptorpb.DescriptorProto) (err error) {
	for _, m := range ms {
		if m.Options, err = withoutOption(m.Options); err != nil {
			return err
		}
		for _, err := range []error{bareFields(m.Field), bareFields(m.Extension), bareMessages(m.NestedType)} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func bareFields(fs []*descriptorpb.FieldDescriptorProto) (err error) {
	for _, f := range fs {
		if f.GetJsonName() == jsonName(f.GetName()) {
			f.JsonName = nil
		}
		if f.Options, err = withoutOption(f.Options); err != nil {
			return err
		}
	}
	return nil
}

// jsonName is the name that a field has in JSON when nothing else is said: what
// follows a `_` is upper case, and the `_` goes.
func jsonName(name string) string {
	var out []byte
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '_':
		case i > 0 && name[i-1] == '_' && 'a' <= c && c <= 'z':
			out = append(out, c-'a'+'A')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// withoutOption is a copy of options without the one of options.proto, or nil
// when nothing else was set. It works on the encoded form, in which it does not
// matter how the request was parsed.
func withoutOption[O interface {
	comparable
	proto.Message
}](options O) (O, error) {
	var none O
	if options == none {
		return none, nil
	}
	b, err := encoded.Marshal(options)
	if err != nil {
		return none, err
	}
	var kept []byte
	for len(b) > 0 {
		number, _, n := protowire.ConsumeField(b)
		if n < 0 {
			return none, protowire.ParseError(n)
		}
		if number != pathOption {
			kept = append(kept, b[:n]...)
		}
		b = b[n:]
	}
	if len(kept) == 0 {
		return none, nil
	}
	out := options.ProtoReflect().New().Interface().(O)
	return out, decoded.Unmarshal(kept, out)
}

// dropImports takes the imports of a package out.
func dropImports(p *descriptorpb.FileDescriptorProto, imports protoreflect.FileImports, unused func(protoreflect.FileDescriptor) bool) {
	index := map[int32]int32{}
	var kept []string
	for i := range imports.Len() {
		imported := imports.Get(i)
		if !imported.IsPublic && unused(imported) {
			continue
		}
		index[int32(i)] = int32(len(kept))
		kept = append(kept, imported.Path())
	}
	p.Dependency = kept
	p.PublicDependency = reindex(p.PublicDependency, index)
	p.WeakDependency = reindex(p.WeakDependency, index)
}

func reindex(list []int32, index map[int32]int32) []int32 {
	var out []int32
	for _, i := range list {
		if j, ok := index[i]; ok {
			out = append(out, j)
		}
	}
	return out
}

// mentions reports whether a field of the file has a type that is declared at
// the top of imported.
func mentions(p *descriptorpb.FileDescriptorProto, imported protoreflect.FileDescriptor) bool {
	fields := slices.Clone(p.Extension)
	var walk func(ms []*descriptorpb.DescriptorProto)
	walk = func(ms []*descriptorpb.DescriptorProto) {
		for _, m := range ms {
			fields = append(append(fields, m.Field...), m.Extension...)
			walk(m.NestedType)
		}
	}
	walk(p.MessageType)
	return slices.ContainsFunc(fields, func(f *descriptorpb.FieldDescriptorProto) bool {
		name := protoreflect.FullName(strings.TrimPrefix(f.GetTypeName(), "."))
		return name != "" && name.Parent() == imported.Package() &&
			(imported.Messages().ByName(name.Name()) != nil || imported.Enums().ByName(name.Name()) != nil)
	})
}
