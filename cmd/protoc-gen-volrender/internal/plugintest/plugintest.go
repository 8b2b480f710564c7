// Package plugintest makes requests and plans from .proto sources, as protoc
// would, for the tests of the plug-in and of its emitters.
package plugintest

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/internal/testenv"
)

// Request compiles sources (path → text) and asks for code of the targets, or of
// all sources in the order of their paths. Imports are found among the sources,
// in the repository's schema folder, and among protobuf's own files.
func Request(t testing.TB, files map[string]string, targets []string, parameter string) *pluginpb.CodeGeneratorRequest {
	t.Helper()
	if len(targets) == 0 {
		targets = slices.Sorted(maps.Keys(files))
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
			&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(files)},
			&protocompile.SourceResolver{ImportPaths: []string{filepath.Join(testenv.Root(), "schema")}},
		}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(context.Background(), targets...)
	if err != nil {
		t.Fatalf("the test's .proto files: %v", err)
	}
	req := &pluginpb.CodeGeneratorRequest{
		FileToGenerate:  targets,
		CompilerVersion: &pluginpb.Version{Major: proto.Int32(6), Minor: proto.Int32(0), Patch: proto.Int32(0)},
	}
	if parameter != "" {
		req.Parameter = &parameter
	}
	seen := map[string]bool{}
	for _, f := range compiled {
		addFile(req, f, seen)
	}
	return overTheWire(t, req)
}

// addFile adds a file after all that it imports.
func addFile(req *pluginpb.CodeGeneratorRequest, f protoreflect.FileDescriptor, seen map[string]bool) {
	if seen[f.Path()] {
		return
	}
	seen[f.Path()] = true
	for i := range f.Imports().Len() {
		addFile(req, f.Imports().Get(i).FileDescriptor, seen)
	}
	p, ok := f.(interface {
		FileDescriptorProto() *descriptorpb.FileDescriptorProto
	})
	if !ok {
		req.ProtoFile = append(req.ProtoFile, protodesc.ToFileDescriptorProto(f))
		return
	}
	req.ProtoFile = append(req.ProtoFile, p.FileDescriptorProto())
}

// overTheWire encodes and decodes a request: what a plug-in gets has been
// through that.
func overTheWire(t testing.TB, req *pluginpb.CodeGeneratorRequest) *pluginpb.CodeGeneratorRequest {
	t.Helper()
	b, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	out := &pluginpb.CodeGeneratorRequest{}
	if err := proto.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Build plans a request, expressions unchecked.
func Build(t testing.TB, req *pluginpb.CodeGeneratorRequest) (*plan.Plan, error) {
	t.Helper()
	plan.AddImportPaths(req)
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Build(gen, plan.Options{})
}

// Plan plans sources that have no mistakes.
func Plan(t testing.TB, files map[string]string, targets ...string) *plan.Plan {
	t.Helper()
	p, err := Build(t, Request(t, files, targets, ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
