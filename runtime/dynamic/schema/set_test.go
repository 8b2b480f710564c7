package schema_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/dynamic/schema"
	"github.com/volint/volint/runtime/row"
)

// editions is a module that uses what edition 2024 brought.
const editions = `
-- buf.yaml --
version: v2
-- main.proto --
edition = "2024";
package main;
import "google/protobuf/timestamp.proto";
import "parts.proto";
import option "own.proto";
message Process {
  string name = 1 [(own.note) = "x"];
  Part part = 2 [features.message_encoding = DELIMITED];
  repeated State states = 3;
  google.protobuf.Timestamp start = 4;
  int32 zero = 5 [features.field_presence = IMPLICIT];
}
enum State { STATE_UNSPECIFIED = 0; STATE_RUNNING = 1; }
-- parts.proto --
edition = "2024";
package main;
import "google/protobuf/descriptor.proto";
export message Part { int32 id = 1; }
local message Hidden { int32 id = 1; }
message User { Hidden hidden = 1; }
-- own.proto --
edition = "2024";
package own;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions { string note = 50001; }
`

// frame is a Process, its part in a group.
const frame = "\x0a\x04init" + "\x13\x08\x07\x14" + "\x1a\x02\x01\x05" + "\x22\x02\x08\x01"

const frameText = `{name: "init", part: {id: 7}, states: [STATE_RUNNING, 5], start: 1970-01-01T00:00:01Z, zero: 0}`

// TestEdition2024: sets by buf and by protoc, with imports and, where those are
// protobuf's own, without.
func TestEdition2024(t *testing.T) {
	tools := map[string]string{"buf": testenv.Tool(t, "buf"), "protoc": testenv.Tool(t, "protoc")}
	write(t, editions)
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(tools[name], args...)
		cmd.Env = append(os.Environ(), "BUF_CACHE_DIR="+filepath.Join(t.TempDir(), "cache"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	run("buf", "build", "-o", "buf.binpb")
	run("buf", "build", "-o", "bare.binpb", "--exclude-imports", "--exclude-source-info")
	run("protoc", "--include_imports", "--descriptor_set_out=protoc.pb", "main.proto")
	run("protoc", "--descriptor_set_out=lacking.pb", "main.proto")
	for _, file := range []string{"buf.binpb", "bare.binpb", "protoc.pb"} {
		s, err := schema.Load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		c, err := s.Find("Process")
		if err != nil {
			t.Error(err)
			continue
		}
		r := c.New()
		if err := r.Decode([]byte(frame)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if got := row.NestedValue(true, r).String(); got != frameText || r.UnknownFields() != 0 {
			t.Errorf("%s: got %s, want %s", file, got, frameText)
		}
	}
	_, err := schema.Load("lacking.pb")
	checkError(t, err, "lacking.pb: the descriptor set lacks parts.proto, which a file of it imports",
		"make it with all imports: buf build does, protoc with --include_imports")
}

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
