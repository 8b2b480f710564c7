package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/internal/messageset"
	"github.com/volint/volint/internal/pberror"
)

// link makes a schema of a descriptor set. What the set leaves out of protobuf's
// own files and of volrender's comes from the program.
func link(path string, set *descriptorpb.FileDescriptorSet) (*Schema, error) {
	messageset.Plain(set.File)
	var names []string
	for _, f := range set.File {
		names = append(names, f.GetName())
	}
	addBuiltin(set)
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, linkError(path, err)
	}
	var own, others []protoreflect.FileDescriptor
	for _, name := range names {
		f, err := files.FindFileByPath(name)
		if err != nil {
			return nil, linkError(path, err)
		}
		if builtin(name) {
			others = append(others, f)
		} else {
			own = append(own, f)
		}
	}
	return newSchema(path, own, others), nil
}

// newSchema makes a schema of files that are linked; others are there for the
// schema's own to import.
func newSchema(path string, own, others []protoreflect.FileDescriptor) *Schema {
	s := &Schema{path: path, own: own, all: map[protoreflect.FullName]protoreflect.MessageDescriptor{}}
	seen := map[string]bool{}
	var add func(f protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] || f.IsPlaceholder() {
			return
		}
		seen[f.Path()] = true
		walk(f, func(m protoreflect.MessageDescriptor) { s.all[m.FullName()] = m })
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
	}
	for _, f := range slices.Concat(own, others) {
		add(f)
	}
	return s
}

// walk visits the messages of a file, or of a message, but for the entries of maps.
func walk(in interface {
	Messages() protoreflect.MessageDescriptors
}, visit func(protoreflect.MessageDescriptor)) {
	for i := range in.Messages().Len() {
		if m := in.Messages().Get(i); !m.IsMapEntry() {
			visit(m)
			walk(m, visit)
		}
	}
}

// builtin reports whether the program has a file that schemas import.
func builtin(name string) bool {
	return strings.HasPrefix(name, "google/protobuf/") || strings.HasPrefix(name, "volint/volrender/v1/")
}

// addBuiltin adds to a set what it imports of the files that the program has.
func addBuiltin(set *descriptorpb.FileDescriptorSet) {
	there := map[string]bool{}
	for _, f := range set.File {
		there[f.GetName()] = true
	}
	// The range is over what is added, too.
	for i := 0; i < len(set.File); i++ {
		for _, name := range set.File[i].GetDependency() {
			if there[name] || !builtin(name) {
				continue
			}
			if f, err := protoregistry.GlobalFiles.FindFileByPath(name); err == nil {
				set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
				there[name] = true
			}
		}
	}
}

// What protobuf-go says of two mistakes that have a remedy.
var (
	missingImport = regexp.MustCompile(`could not resolve import "([^"]*)"`)
	newEdition    = regexp.MustCompile(`use of edition (?:EDITION_)?(\w+) not yet supported`)
)

func linkError(path string, err error) error {
	e := &Error{File: path, Msg: pberror.Text(err), Advice: "make it anew with buf or protoc"}
	if m := missingImport.FindStringSubmatch(e.Msg); m != nil {
		e.Msg = fmt.Sprintf("the descriptor set lacks %s, which a file of it imports", m[1])
		e.Advice = "make it with all imports: buf build does, protoc with --include_imports"
	}
	if m := newEdition.FindStringSubmatch(e.Msg); m != nil {
		e.Msg = "volint does not know edition " + m[1]
		e.Advice = "write the schema in edition 2024 or older"
	}
	return e
}
