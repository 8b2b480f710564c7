package pygen

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

func nestedSchema(t testing.TB) map[string]string { return schema(t, "testdata/volint_nested.proto") }

// withPB2 puts beside generated modules what protoc would write, by a descriptor
// set: its Python of today does not load under the last protobuf for Python 2.7.
func withPB2(t testing.TB, folder string, files map[string]string) string {
	t.Helper()
	set, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: plugintest.Request(t, files, nil, "").ProtoFile})
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, output.File{Name: "volint_nested_pb2.py", Content: fmt.Appendf(nil, `
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

pool = descriptor_pool.DescriptorPool()
for file in descriptor_pb2.FileDescriptorSet.FromString(b"%s").file:
    pool.Add(file)
get = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
Process, Shapes, Tree = [get(pool.FindMessageTypeByName("volint.test." + name)) for name in ("Process", "Shapes", "Tree")]
`, escaped(set))})
	return folder
}

func escaped(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, `\x%02x`, c)
	}
	return s.String()
}

// nested decodes frames of a message of the nested schema.
func nested(t testing.TB, res result, message string) []*dynamicpb.Message {
	t.Helper()
	return rows(t, res.Frames, descriptor(t, nestedSchema(t), protoreflect.FullName("volint.test."+message)))
}

// describeShapes prints rows of Shapes, and what was said about them.
func describeShapes(t testing.TB, res result) string {
	t.Helper()
	res.wantStatus(t, 0)
	var b strings.Builder
	for _, m := range nested(t, res, "Shapes") {
		text, err := protojson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.ReplaceAll(string(text), " ", "") // protojson varies them
		fmt.Fprintf(&b, "%.400s\n", line)
	}
	for _, line := range res.lines("warning", "error") {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// processes checks rows of Process, from either Volatility, and returns the children
// of each as text.
func processes(t testing.TB, res result) map[uint64]string {
	t.Helper()
	res.wantStatus(t, 0)
	if said := res.lines("warning", "error"); len(said) > 0 {
		t.Errorf("said %q", said)
	}
	out := map[uint64]string{}
	for _, m := range nested(t, res, "Process") {
		pid := field(m, "pid").Uint()
		var children strings.Builder
		list := field(m, "children").List()
		for i := range list.Len() {
			child := inner(list.Get(i))
			fmt.Fprintf(&children, "%v %v\n", field(child, "pid"), field(child, "comm"))
		}
		out[pid] = children.String()
		parent := inner(field(m, "parent"))
		above, ids := inner(field(parent, "parent")), field(m, "ids").Map()
		if pid == 1 && (list.Len() == 0 || field(parent, "pid").Uint() != 0 || !strings.HasPrefix(field(parent, "comm").String(), "swapper")) {
			t.Errorf("init is %v", m)
		}
		if !above.Has(above.Descriptor().Fields().ByName("pid")) || ids.Len() != 2 || ids.Get(protoreflect.ValueOfString("tgid").MapKey()).Uint() != pid {
			t.Errorf("process %d is %v", pid, m)
		}
	}
	if len(out) < 28 {
		t.Errorf("%d processes, want 28", len(out))
	}
	return out
}

func inner(v protoreflect.Value) *dynamicpb.Message {
	return v.Message().Interface().(*dynamicpb.Message)
}

// checkAreas fails unless the areas of processes with memory came out of
// Volatility's own objects.
func checkAreas(t *testing.T, res result) {
	t.Helper()
	with := 0
	for _, m := range nested(t, res, "Process") {
		list := field(m, "areas").List()
		for i := range list.Len() {
			area := inner(list.Get(i))
			if start, end := field(area, "vm_start").Uint(), field(area, "vm_end").Uint(); start == 0 || end <= start || end-start > 1<<30 {
				t.Errorf("an area is %v", area)
			}
		}
		if list.Len() > 0 {
			with++
		}
	}
	if with < 10 {
		t.Errorf("%d processes have areas", with)
	}
}

// The same lists, maps and messages come out of both versions, by the modules
// themselves and by protobuf's package.
func TestNestedRows(t *testing.T) {
	schema := nestedSchema(t)
	two := addPlugins(t, 2, generated(t, 2, Options{}, schema))
	runs := []forked{{Command: "linux_pslist"}, {Command: "volint_shapes"}, {Command: "volint_tree"}}
	second := vol2Forked(t, two, runs)
	want := processes(t, second[0])
	t.Run("Volatility 2", func(t *testing.T) {
		golden(t, "testdata/shapes2.txt", describeShapes(t, second[1]))
		checkLevels(t, second[2])
	})
	t.Run("Volatility 2 with _pb2", func(t *testing.T) {
		folder := withPB2(t, addPlugins(t, 2, generated(t, 2, Options{PB2: true}, schema)), schema)
		sameRows(t, second, vol2Forked(t, folder, runs[:2]))
	})
	t.Run("programs", func(t *testing.T) { readByPrograms(t, second[0], want) })
	three := addPlugins(t, 3, generated(t, 3, Options{}, schema))
	run3 := func(t *testing.T, vol, folder string) []result {
		return []result{
			vol3(t, vol, folder, append(onImage(t), "linux.pslist")...),
			vol3(t, vol, folder, "volint_test.Shapes"),
		}
	}
	third := map[string][]result{}
	eachVolatility3(t, func(t *testing.T, vol string) {
		third[vol] = run3(t, vol, three)
		for pid, children := range processes(t, third[vol][0]) {
			if children != want[pid] {
				t.Errorf("process %d has the children\n%s\nand under Volatility 2\n%s", pid, children, want[pid])
			}
		}
		checkAreas(t, third[vol][0])
		golden(t, "testdata/shapes3.txt", describeShapes(t, third[vol][1]))
		checkLevels(t, vol3(t, vol, three, "volint_test.Tree"))
	})
	t.Run("Volatility 3 with _pb2", func(t *testing.T) {
		vol := volatility3["newest"](t)
		folder := withPB2(t, addPlugins(t, 3, generated(t, 3, Options{PB2: true}, schema)), schema)
		sameRows(t, third[vol], run3(t, vol, folder))
	})
}

// readByPrograms has generated Python read rows of Process from a file, write them to
// another, and print their children.
func readByPrograms(t *testing.T, res result, want map[uint64]string) {
	dir := programs(t, nestedSchema(t))
	write(t, dir, output.File{Name: "frames", Content: res.Frames})
	program := `
import sys
sys.path.insert(0, sys.argv[1])
from rows.volint_nested_rows import Process
from rows.volrender_program import frames, write_frames

with open(sys.argv[1] + "/frames", "rb") as file:
    processes = [Process.decode(frame) for frame in frames(file)]
with open(sys.argv[1] + "/again", "wb") as file:
    write_frames(file, processes)
for process in processes:
    assert process.parent.pid is not None and process.ids[u"pid"] == process.pid and not process.unknown_fields
    print("process %d" % process.pid)
    for child in process.children:
        print("%d %s" % (child.pid, child.comm))`
	var text strings.Builder
	for _, m := range nested(t, res, "Process") {
		pid := field(m, "pid").Uint()
		fmt.Fprintf(&text, "process %d\n%s", pid, want[pid])
	}
	for name, python := range map[string]func(testing.TB) string{"Python 2.7": testenv.Python2, "Python 3": testenv.Python3} {
		got := run(t, nil, python(t), "-B", "-c", program, dir)
		if got.Status != 0 || got.Stdout != text.String() {
			t.Errorf("%s: status %d\n%s%s\nwant\n%s", name, got.Status, got.Stdout, got.Stderr, &text)
		}
		if again := readText(t, filepath.Join(dir, "again")); again != string(res.Frames) {
			t.Errorf("%s wrote %d bytes, which are not the %d that it read", name, len(again), len(res.Frames))
		}
	}
}

// sameRows compares what the two encoders wrote and said.
func sameRows(t *testing.T, self, pb2 []result) {
	t.Helper()
	for i, message := range []string{"Process", "Shapes"} {
		d := descriptor(t, nestedSchema(t), protoreflect.FullName("volint.test."+message))
		one, other := rows(t, self[i].Frames, d), rows(t, pb2[i].Frames, d)
		if len(one) != len(other) || self[i].Stderr != pb2[i].Stderr {
			t.Errorf("%s: %d and %d rows\n%s\n%s", message, len(one), len(other), self[i].Stderr, pb2[i].Stderr)
			continue
		}
		for j := range one {
			if !proto.Equal(one[j], other[j]) {
				t.Errorf("%s: row %d is\n%v\nand by protobuf\n%v", message, j, one[j], other[j])
			}
		}
	}
}

func checkLevels(t *testing.T, res result) {
	t.Helper()
	res.wantStatus(t, 0)
	for i, m := range nested(t, res, "Tree") {
		if list := field(m, "level").List(); list.Len() != 1 {
			t.Errorf("row %d is %v", i, m)
		}
	}
}
