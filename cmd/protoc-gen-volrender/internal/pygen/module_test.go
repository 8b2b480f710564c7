package pygen

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/output"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

func names(files []output.File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

func content(t testing.TB, files []output.File, name string) string {
	t.Helper()
	for _, f := range files {
		if f.Name == name {
			return string(f.Content)
		}
	}
	t.Fatalf("no %s among %q", name, names(files))
	return ""
}

func TestFolderIsComplete(t *testing.T) {
	p := plugintest.Plan(t, testSchema(t))
	two, err := Generate2(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	three, err := Generate3(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	shared := []string{
		"volint_test_volrender.py", "volint_test_volrender.messages", "volrender_abi.py", "volrender_compound.py", "volrender_decode.py", "volrender_fast.py",
		"volrender_fields.py", "volrender_find.py", "volrender_malformed.py", "volrender_modules.py", "volrender_parts.py", "volrender_plain.py",
		"volrender_rows.py", "volrender_scalars.py", "volrender_shape.py", "volrender_skip.py", "volrender_table.py",
		"volrender_times.py", "volrender_values.py", "volrender_wire.py",
	}
	if diff := cmp.Diff(append(shared[:len(shared):len(shared)], "volrender_grid.py", "volrender_objects.py", "volrender_support.py"), names(two)); diff != "" {
		t.Errorf("Volatility 2 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(shared, "volrender_objects.py", "volrender_support.py"), names(three)); diff != "" {
		t.Errorf("Volatility 3 (-want +got):\n%s", diff)
	}
}

// What a version does not offer is not in its module.
func TestNone(t *testing.T) {
	p := plugintest.Plan(t, testSchema(t))
	files, err := Generate3(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if module := content(t, files, "volint_test_volrender.messages"); strings.Contains(module, "TableRow") {
		t.Error("a command of Volatility 2 alone is in the module for Volatility 3")
	}
}

func TestABIsAgree(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(testenv.Root(), "runtime", "python", "volrender_abi.py"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^ABI = (\d+)$`).FindSubmatch(source)
	if m == nil || string(m[1]) != fmt.Sprint(abi) {
		t.Errorf("volrender_abi.py has ABI %q, the generator %d", m, abi)
	}
}

// hard is a schema whose names and texts are awkward in Python.
const hard = `syntax = "proto3";
package a.b;
import "google/protobuf/timestamp.proto";
import "volint/volrender/v1/absence.proto";
import "volint/volrender/v1/options.proto";

// Ends in a quote: "é"
message class {
  option (volint.volrender.v1.command) = {
    volatility2: {rows: "[(1, 2)]", row: "encode"}
    volatility3: {rows: "(self, grid)", row: "each"}
  };
  uint32 from = 1 [(volint.volrender.v1.field) = {
    volatility2: {expression: "encode[0] if encode else (0, 1)"} volatility3: {expression: "each"}}];
  string None = 2 [(volint.volrender.v1.field) = {
    volatility2: {expression: "'\\xff'"} volatility3: {expression: "'é'"}}];
  google.protobuf.Timestamp self = 3 [(volint.volrender.v1.field) = {
    volatility2: {expression: "None"} volatility3: {expression: "None"}}];
}

// A comment with """ and \ and \N{x}.
message only_one {
  bytes len = 4 [(volint.volrender.v1.field) = {
    volatility2: {column: "Длина"} volatility3: {column: "Длина 😀 \"len\" \\"}}];
}

message required_of {
  optional sint64 join = 16 [(volint.volrender.v1.field) = {absent_value: 18446744073709551615 absence: "why"}];
  optional volint.volrender.v1.Absence why = 2;
}
`

// Generated modules parse under the Python that they are for.
func TestModulesCompile(t *testing.T) {
	// Letters outside ASCII fold to nothing, so that this one needs a Latin title.
	files := map[string]string{"a/b/hard-name.proto": strings.ReplaceAll(hard, `"Длина"`, `"Длина len"`)}
	for name, test := range map[string]struct {
		version int
		options Options
		python  func(testing.TB) string
	}{
		"Volatility 2":            {2, Options{}, testenv.Python2},
		"Volatility 2, with _pb2": {2, Options{PB2: true}, testenv.Python2},
		"Volatility 3":            {3, Options{}, testenv.Python3Oldest},
		"Volatility 3, with _pb2": {3, Options{PB2: true}, testenv.Python3Oldest},
	} {
		t.Run(name, func(t *testing.T) {
			folder := generated(t, test.version, test.options, files)
			res := run(t, nil, test.python(t), "-m", "compileall", "-q", folder)
			if res.Status != 0 {
				t.Errorf("%s%s", res.Stdout, res.Stderr)
			}
		})
	}
}

func TestLiterals(t *testing.T) {
	for _, test := range []struct {
		v          *version
		text, want string
	}{
		{version3, `a"b\c`, `"a\"b\\c"`},
		{version3, "é\n😀", `"\xe9\x0a\U0001f600"`},
		{version3, "\u20ac", `"\u20ac"`},
		{version2, "é\n", `"\xc3\xa9\x0a"`},
	} {
		if got := test.v.literal(test.text); got != test.want {
			t.Errorf("Volatility %d: %q becomes %s, want %s", test.v.number, test.text, got, test.want)
		}
	}
}

// What Volatility imports at each start does not grow with the schema.
func TestModuleIsOfOneSize(t *testing.T) {
	size := func(messages int) (module, parts int) {
		var schema strings.Builder
		schema.WriteString("syntax = \"proto3\";\npackage p;\n")
		for i := range messages {
			fmt.Fprintf(&schema, "message Row%d { uint32 pid = 1; }\n", i)
		}
		files, err := Generate3(plugintest.Plan(t, map[string]string{"rows.proto": schema.String()}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return len(content(t, files, "rows_volrender.py")), len(content(t, files, "rows_volrender.messages"))
	}
	one, part := size(1)
	hundred, parts := size(100)
	if one != hundred || parts < 50*part/2 {
		t.Errorf("one message: %d and %d bytes; a hundred: %d and %d", one, part, hundred, parts)
	}
}
