package schema_test

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/runtime/dynamic/schema"
	"github.com/volint/volint/runtime/row"
)

// set writes a descriptor set of one file.
func set(t *testing.T, change func(*descriptorpb.FileDescriptorProto)) string {
	t.Helper()
	f := &descriptorpb.FileDescriptorProto{
		Name: proto.String("a.proto"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name: proto.String("x"), Number: proto.Int32(1),
			Type: descriptorpb.FieldDescriptorProto_TYPE_INT32.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}}}},
	}
	change(f)
	b, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{f}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("set", b, 0o666); err != nil {
		t.Fatal(err)
	}
	return "set"
}

// TestSets: hand-made sets, good and bad.
func TestSets(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, test := range map[string]struct {
		change    func(*descriptorpb.FileDescriptorProto)
		msg, hint string
	}{
		"good": {func(*descriptorpb.FileDescriptorProto) {}, "", ""},
		"a message set": {func(f *descriptorpb.FileDescriptorProto) {
			f.MessageType = append(f.MessageType, &descriptorpb.DescriptorProto{
				Name: proto.String("Set"), Options: &descriptorpb.MessageOptions{MessageSetWireFormat: proto.Bool(true)},
				ExtensionRange: []*descriptorpb.DescriptorProto_ExtensionRange{{Start: proto.Int32(4), End: proto.Int32(1<<31 - 1)}},
			})
		}, "", ""},
		"a Timestamp that is none": {func(f *descriptorpb.FileDescriptorProto) {
			f.Package = proto.String("google.protobuf")
			f.MessageType[0].Name = proto.String("Timestamp")
			f.MessageType = append(f.MessageType, &descriptorpb.DescriptorProto{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{{
				Name: proto.String("t"), Number: proto.Int32(1), TypeName: proto.String(".google.protobuf.Timestamp"),
				Type: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			}}})
		}, "", ""},
		"a newer edition": {func(f *descriptorpb.FileDescriptorProto) {
			f.Syntax, f.Edition = proto.String("editions"), descriptorpb.Edition_EDITION_99998_TEST_ONLY.Enum()
		}, "set: volint does not know edition 99998_TEST_ONLY", "write the schema in edition 2024 or older"},
		"a wrong number": {func(f *descriptorpb.FileDescriptorProto) {
			f.MessageType[0].Field[0].Number = proto.Int32(0)
		}, `set: message field "M.x" has an invalid number: 0`, "make it anew with buf or protoc"},
		"an import of itself": {func(f *descriptorpb.FileDescriptorProto) {
			f.Dependency = []string{"a.proto"}
		}, `set: import cycle in file: "a.proto"`, "make it anew with buf or protoc"},
	} {
		s, err := schema.Load(set(t, test.change))
		if test.msg != "" {
			checkError(t, err, test.msg, test.hint)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c, err := s.Find("M")
		if err != nil || c.New().Decode([]byte("\x08\x01")) != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBuiltinSet: a set of protobuf's own files has messages too, by their full names.
func TestBuiltinSet(t *testing.T) {
	t.Chdir(t.TempDir())
	file := set(t, func(f *descriptorpb.FileDescriptorProto) {
		f.Name, f.Package = proto.String("google/protobuf/own.proto"), proto.String("google.protobuf")
	})
	if c := load(t, file, "google.protobuf.M"); c.Name != "M" {
		t.Errorf("found %q", c.Name)
	}
}

// FuzzLoad: whatever a set holds, there is an error or a row.
func FuzzLoad(f *testing.F) {
	good, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{{
		Name: proto.String("a.proto"), MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M")}},
	}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, []byte("\x08\x01"))
	f.Add([]byte("syntax = \"proto3\"; message M { map<string, M> m = 1; }"), []byte("\x0a\x02\x12\x00"))
	f.Fuzz(func(t *testing.T, content, frame []byte) {
		path := filepath.Join(t.TempDir(), "schema")
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := schema.Load(path)
		if err != nil {
			return
		}
		c, err := s.Find("")
		if err != nil {
			return
		}
		r := c.New()
		if r.Decode(frame) == nil {
			_ = row.NestedValue(true, r).String()
		}
	})
}
