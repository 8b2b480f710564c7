package pygen

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

// bareSeed is the seed's schema without anything of volint's.
const bareSeed = `syntax = "proto2";
package volatility_render;
message linux_pslist_task {
  optional uint64 offset = 1;
  optional string name = 2;
  optional uint32 pid = 3;
  optional uint32 uid = 4;
  optional uint32 gid = 5;
  optional uint64 dtb = 6;
  optional uint64 start_time = 7;
}
`

// schema reads one of the schemas that tests generate from.
func schema(t testing.TB, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{filepath.Base(path): string(text)}
}

func shippedSchema(t testing.TB) map[string]string {
	return schema(t, filepath.Join(testenv.Root(), "schema", "panda_vol_int.proto"))
}

func testSchema(t testing.TB) map[string]string { return schema(t, "testdata/volint_test.proto") }

// generated writes the plug-in folder of a version to a new folder.
func generated(t testing.TB, version int, o Options, files map[string]string) string {
	t.Helper()
	p := plugintest.Plan(t, files)
	generate := Generate3
	if version == 2 {
		generate = Generate2
	}
	out, err := generate(p, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range out {
		write(t, dir, f)
	}
	return dir
}

func write(t testing.TB, dir string, f output.File) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// addPlugins copies the tests' own plugins for a version into a folder.
func addPlugins(t testing.TB, version int, dir string) string {
	t.Helper()
	folder := map[int]string{2: "volatility2", 3: "volatility3"}[version]
	paths, err := filepath.Glob(filepath.Join(testenv.Root(), "runtime", "python", "tests", folder, "*.py"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("the tests' plugins: %v, %d files", err, len(paths))
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, output.File{Name: filepath.Base(path), Content: content})
	}
	return dir
}

// descriptor returns a message of the schema, for reading frames independently
// of volint's own decoders.
func descriptor(t testing.TB, files map[string]string, name protoreflect.FullName) protoreflect.MessageDescriptor {
	t.Helper()
	req := plugintest.Request(t, files, nil, "")
	set, err := protodesc.NewFiles(&descriptorpb.FileDescriptorSet{File: req.ProtoFile})
	if err != nil {
		t.Fatal(err)
	}
	d, err := set.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

// rows reads frames.
func rows(t testing.TB, frames []byte, d protoreflect.MessageDescriptor) []*dynamicpb.Message {
	t.Helper()
	var out []*dynamicpb.Message
	for len(frames) > 0 {
		if len(frames) < 4 {
			t.Fatalf("%d bytes after frame %d", len(frames), len(out))
		}
		n := int(frames[0]) | int(frames[1])<<8 | int(frames[2])<<16 | int(frames[3])<<24
		if n > len(frames)-4 {
			t.Fatalf("frame %d says %d bytes, and there are %d", len(out)+1, n, len(frames)-4)
		}
		m := dynamicpb.NewMessage(d)
		options := proto.UnmarshalOptions{Resolver: (*protoregistry.Types)(nil)}
		if err := options.Unmarshal(frames[4:4+n], m); err != nil {
			t.Fatalf("frame %d: %v", len(out)+1, err)
		}
		if len(m.GetUnknown()) > 0 {
			t.Fatalf("frame %d has unknown fields", len(out)+1)
		}
		out, frames = append(out, m), frames[4+n:]
	}
	return out
}

// field returns a field's value.
func field(m *dynamicpb.Message, name protoreflect.Name) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(name))
}
