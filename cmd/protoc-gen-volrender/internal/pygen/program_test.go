package pygen

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

// shapesSchema are the schemas with every shape of field.
func shapesSchema(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testenv.Root(), "golden", "shapes", "*.proto"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("the schemas: %v, %d files", err, len(paths))
	}
	files := map[string]string{}
	for _, path := range paths {
		maps.Copy(files, schema(t, path))
	}
	return files
}

// programs writes a folder that Python imports the package rows from.
func programs(t testing.TB, files map[string]string) string {
	t.Helper()
	out, err := Generate(plugintest.Plan(t, files))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rows"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, f := range out {
		write(t, filepath.Join(dir, "rows"), f)
	}
	return dir
}

// Random messages and damaged ones, by Google's protobuf and by generated code: the
// same values and bytes, or both refuse.
func TestProgramsBesideProtobuf(t *testing.T) {
	script := filepath.Join(testenv.Root(), "runtime", "python", "tests", "beside_protobuf.py")
	testenv.Uses(t, "runtime/python/tests/beside_protobuf.py")
	for name, test := range map[string]struct {
		python   string
		editions bool
	}{
		"Python 2.7": {testenv.Python2(t), false}, // whose last protobuf has none
		"Python 3":   {testenv.Python3(t), true},
	} {
		t.Run(name, func(t *testing.T) {
			files := shapesSchema(t)
			if !test.editions {
				maps.DeleteFunc(files, func(_, text string) bool { return strings.Contains(text, "\nedition = ") })
			}
			dir := programs(t, files)
			set, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: plugintest.Request(t, files, nil, "").ProtoFile})
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, output.File{Name: "set", Content: set})
			res := run(t, nil, test.python, "-B", script, dir, filepath.Join(dir, "set"), "200")
			if res.Status != 0 || !strings.Contains(res.Stdout, "golden.shapes.v1.Shapes2: ") || !strings.HasSuffix(res.Stdout, " types\n") {
				t.Errorf("status %d\n%s\n%.3000s", res.Status, res.Stdout, res.Stderr)
			}
		})
	}
}

// Comments, texts and names of any kind make modules that work, under both Pythons.
func TestProgramsOfAwkwardNames(t *testing.T) {
	for name, python := range map[string]func(testing.TB) string{
		"Python 2.7": testenv.Python2, "Python 3": testenv.Python3, "Python 3 oldest": testenv.Python3Oldest,
	} {
		t.Run(name, func(t *testing.T) {
			for _, test := range []struct {
				files   map[string]string
				program string
			}{
				{map[string]string{"a/b/hard-name.proto": strings.ReplaceAll(hard, `"Длина"`, `"Длина len"`)}, `
from rows.a_b_hard_name_rows import class_
assert class_(from_=1, None_=u"n", self_=(1, 2)).encode() == b"\x08\x01\x12\x01n\x1a\x04\x08\x01\x10\x02"`},
				{schema(t, filepath.Join(testenv.Root(), "golden", "keywords", "key-words.proto")), `
from rows.key_words_rows import class_, class_Kind
row = class_(from_=u"f", None_=u"n", self_=u"s", decode_=1, kind=class_Kind.None_)
assert class_.decode(row.encode()) == row`},
			} {
				res := run(t, []string{"PYTHONPATH=" + programs(t, test.files)}, python(t), "-c", test.program)
				if res.Status != 0 {
					t.Errorf("%s%s", res.Stdout, res.Stderr)
				}
			}
		})
	}
}
