package schema

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// Compiled is a schema's descriptors.
type Compiled struct {
	Schema
	// Messages are the roots, in their order.
	Messages []protoreflect.MessageDescriptor
	// Files are the schema's files and all that they import, which come first.
	Files []*descriptorpb.FileDescriptorProto
}

// Compile compiles a schema. What it imports is looked for among its own files,
// in the folder, and among protobuf's.
func (s Schema) Compile(folder string) (*Compiled, error) {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
			&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(s.Files)},
			&protocompile.SourceResolver{ImportPaths: []string{folder}},
		}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), slices.Sorted(maps.Keys(s.Files))...)
	if err != nil {
		return nil, err
	}
	c := &Compiled{Schema: s}
	seen := map[string]bool{}
	for _, f := range files {
		c.add(f, seen)
	}
	return c, c.link()
}

// link makes the descriptors anew: dynamicpb checks UTF-8 for protobuf-go's own
// alone.
func (c *Compiled) link() error {
	files, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: c.Files})
	if err != nil {
		return err
	}
	for _, root := range c.Roots {
		d, err := files.FindDescriptorByName(protoreflect.FullName(root))
		if err != nil {
			return fmt.Errorf("%s: %w", root, err)
		}
		c.Messages = append(c.Messages, d.(protoreflect.MessageDescriptor))
	}
	return nil
}

// add adds a file after all that it imports.
func (c *Compiled) add(f protoreflect.FileDescriptor, seen map[string]bool) {
	if seen[f.Path()] {
		return
	}
	seen[f.Path()] = true
	for i := range f.Imports().Len() {
		c.add(f.Imports().Get(i).FileDescriptor, seen)
	}
	if result, ok := f.(linker.Result); ok {
		c.Files = append(c.Files, result.FileDescriptorProto())
		return
	}
	c.Files = append(c.Files, protodesc.ToFileDescriptorProto(f))
}

// Request is what protoc would send to a plug-in for this schema.
func (c *Compiled) Request(parameter string) ([]byte, error) {
	return proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate:  slices.Sorted(maps.Keys(c.Schema.Files)),
		Parameter:       &parameter,
		ProtoFile:       c.Files,
		CompilerVersion: &pluginpb.Version{Major: proto.Int32(6), Minor: proto.Int32(0), Patch: proto.Int32(0)},
	})
}

// Set is the descriptors as a serialized google.protobuf.FileDescriptorSet.
func (c *Compiled) Set() ([]byte, error) {
	return proto.Marshal(&descriptorpb.FileDescriptorSet{File: c.Files})
}
