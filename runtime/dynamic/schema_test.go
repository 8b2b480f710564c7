package dynamic_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/golden/scalars/go/scalarsrow"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

// pair is a message in two ways: a generated struct, and a schema that is read
// now. Neither knows of the other.
type pair struct {
	command    row.Command
	descriptor protoreflect.MessageDescriptor
	typ        *dynamic.Type
}

// schemas finds what is in schema/.
func schemas() protocompile.Resolver {
	return &protocompile.SourceResolver{ImportPaths: []string{filepath.Join(testenv.Root(), "schema")}}
}

// pairs are the messages of golden/scalars.
func pairs(t testing.TB) []pair {
	t.Helper()
	root := testenv.Root()
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		ImportPaths: []string{filepath.Join(root, "golden", "scalars"), filepath.Join(root, "schema")},
	})}
	files, err := compiler.Compile(context.Background(), "proto2.proto", "proto3.proto", "edition2023.proto", "wide.proto")
	if err != nil {
		t.Fatal(err)
	}
	var all []pair
	for _, commands := range [][]row.Command{
		scalarsrow.Proto2Commands, scalarsrow.Proto3Commands, scalarsrow.Edition2023Commands, scalarsrow.WideCommands,
	} {
		for _, c := range commands {
			d, err := files.AsResolver().FindDescriptorByName(protoreflect.FullName(c.Message.FullName))
			if err != nil {
				t.Fatal(err)
			}
			typ, err := dynamic.TypeOf(d.(protoreflect.MessageDescriptor))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, pair{c, d.(protoreflect.MessageDescriptor), typ})
		}
	}
	return all
}
