package messageset

import (
	"context"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

const source = `
syntax = "proto2";
message Outer {
  message Set {
    option message_set_wire_format = true;
    extensions 4 to max;
  }
  message Member {
    extend Set { optional Member low = 1547769; }
    extend Set { optional Member high = 2147483646; }
  }
  optional Set set = 1;
}
extend Outer.Set { optional Outer outer = 1000000000; }
`

func TestPlainLetsProtobufTakeTheFile(t *testing.T) {
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"a.proto": source}),
	}}
	files, err := compiler.Compile(context.Background(), "a.proto")
	if err != nil {
		t.Fatal(err)
	}
	file := protodesc.ToFileDescriptorProto(files[0])
	if _, err := protodesc.NewFile(proto.CloneOf(file), nil); err == nil {
		t.Fatal("protobuf-go takes message sets: this package is not needed")
	}
	Plain([]*descriptorpb.FileDescriptorProto{file})
	built, err := protodesc.NewFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	extensions := built.Messages().ByName("Outer").Messages().ByName("Member").Extensions()
	if extensions.Len() != 1 || extensions.Get(0).Number() != 1547769 {
		t.Errorf("%d extensions are left, want the low one", extensions.Len())
	}
}
