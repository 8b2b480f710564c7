package dynamic_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/golden/scalars/go/scalarsrow"
	"github.com/volint/volint/golden/shapes/go/parts/partsrow"
	"github.com/volint/volint/golden/shapes/go/shapesrow"
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

// pairs are messages of golden/scalars and golden/shapes.
func pairs(t testing.TB) []pair {
	t.Helper()
	return append(scalars(t), shapes(t)...)
}

// scalars are messages of single values.
func scalars(t testing.TB) []pair {
	t.Helper()
	return in(t, "scalars", slices.Concat(
		scalarsrow.Proto2Commands, scalarsrow.Proto3Commands, scalarsrow.Edition2023Commands, scalarsrow.WideCommands),
		"proto2.proto", "proto3.proto", "edition2023.proto", "wide.proto")
}

// shapes are messages with lists, maps, messages, groups and oneofs.
func shapes(t testing.TB) []pair {
	t.Helper()
	return in(t, "shapes", slices.Concat(shapesrow.Shapes2Commands, shapesrow.Shapes3Commands, []row.Command{
		{Name: "Shapes2023", Message: new(shapesrow.Shapes2023).Message(), New: func() row.Row { return new(shapesrow.Shapes2023) }},
		{Name: "Node", Message: new(shapesrow.Node).Message(), New: func() row.Row { return new(shapesrow.Node) }},
		{Name: "Part", Message: new(partsrow.Part).Message(), New: func() row.Row { return new(partsrow.Part) }},
	}), "shapes2.proto", "shapes3.proto", "shapes2023.proto", "parts.proto")
}

// in pairs commands with the schemas of a folder of golden/.
func in(t testing.TB, folder string, commands []row.Command, names ...string) []pair {
	t.Helper()
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
		&protocompile.SourceResolver{ImportPaths: []string{filepath.Join(testenv.Root(), "golden", folder)}}, schemas(),
	})}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		t.Fatal(err)
	}
	var all []pair
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
	return all
}
