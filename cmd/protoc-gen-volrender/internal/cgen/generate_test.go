package cgen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/cgen"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// golden returns the .proto files of a folder of golden/.
func golden(t *testing.T, folder string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testenv.Root(), "golden", folder, "*.proto"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no .proto files in golden/%s (%v)", folder, err)
	}
	return read(t, paths)
}

func read(t *testing.T, paths []string) map[string]string {
	t.Helper()
	sources := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources[filepath.Base(path)] = string(text)
	}
	return sources
}

// write writes what is generated of a plan into a folder.
func write(t *testing.T, p *plan.Plan) string {
	t.Helper()
	files, err := cgen.Generate(p)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// include finds what was written to a folder, and the headers of protobuf's own
// files, which volint ships.
func include(dir string) []string {
	return []string{"-I", dir, "-I", filepath.Join(testenv.Root(), "gen", "c")}
}

// linked are the generated sources that a program with a file's messages needs:
// its own, and where it imports others, all of them and those that volint ships.
func linked(t *testing.T, dir string, p *plan.Plan, f *plan.File) []string {
	t.Helper()
	if len(f.C.Includes) == 0 {
		return []string{filepath.Join(dir, f.C.Source)}
	}
	var paths []string
	for _, other := range p.Files {
		paths = append(paths, filepath.Join(dir, other.C.Source))
	}
	for _, name := range []string{"any", "duration", "struct", "timestamp", "wrappers"} {
		paths = append(paths, filepath.Join(testenv.Root(), "gen", "c", "google", "protobuf", name+".volrender.c"))
	}
	return paths
}

// awkward has what C is most likely to stumble over.
const awkward = `syntax = "proto2";
package awkward;
import "volint/volrender/v1/options.proto";

// Ends the comment */ int x; /* and begins another.
// A trigraph ??/
// and a backslash \
message class {
  // int
  optional uint32 int = 1;
  optional string new = 2;
  optional bool has = 3;
  optional int64 template = 4 [(volint.volrender.v1.field).absent_value = 9223372036854775808];
  optional int32 lowest = 5 [(volint.volrender.v1.field).absent_value = 18446744071562067968];
  optional fixed32 NULL = 6;
  optional numbers numbers = 7;
  optional bytes row = 8;
  optional double c = 9;
  optional float frame = 10;
  optional uint32 has_int = 11;
}

enum numbers {
  option allow_alias = true;
  LOWEST = -2147483648;
  // The same
  // once more.
  LOWEST_TOO = -2147483648;
  HIGHEST = 2147483647;
  EOF = 0;
}

message plugin {
  option (volint.volrender.v1.command) = {
    name: "odd"
    volatility2: {plugin: "odd"}
    volatility3: {none: true}
  };
  optional string name = 1;
}

message nothing_optional {
  required uint64 a = 1;
  required uint64 b = 2;
}
`

func TestCompilesEverywhere(t *testing.T) {
	cases := map[string]map[string]string{
		"awkward": {
			"awkward.proto":      awkward,
			"folder/a-b.1.proto": `syntax = "proto3"; message alone { uint32 a = 1; }`,
			"empty.proto":        `syntax = "proto3"; option go_package = "example.com/empty";`,
		},
		"shipped": read(t, []string{filepath.Join(testenv.Root(), "schema", "panda_vol_int.proto")}),
	}
	folders, err := filepath.Glob(filepath.Join(testenv.Root(), "golden", "*", "*.proto"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range folders {
		folder := filepath.Base(filepath.Dir(path))
		cases[folder] = golden(t, folder)
	}
	for name, sources := range cases {
		p := plugintest.Plan(t, sources)
		dir := write(t, p)
		var paths []string
		for _, f := range p.Files {
			paths = append(paths, filepath.Join(dir, f.C.Source))
		}
		for _, d := range ctest.Dialects {
			t.Run(name+"/"+d.Name(), func(t *testing.T) {
				t.Parallel()
				ctest.Check(t, d, include(dir), paths...)
				if d.Std == "c99" {
					ctest.Check(t, d, append(include(dir), "-DVOLINT_SMALL"), paths...)
				}
			})
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	generate := func() string {
		files, err := cgen.Generate(plugintest.Plan(t, golden(t, "scalars")))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, f := range files {
			b.WriteString(f.Name + "\n" + string(f.Content))
		}
		return b.String()
	}
	first := generate()
	for range 5 {
		if diff := cmp.Diff(first, generate()); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A generated file and a volint.h that do not fit must not compile, and the
// compiler's message must say what to do.
func TestMisfitDoesNotCompile(t *testing.T) {
	source := map[string]string{"one.proto": `syntax = "proto3"; message one { uint32 a = 1; }`}
	dir := write(t, plugintest.Plan(t, source))
	runtime, err := os.ReadFile(filepath.Join(ctest.Runtime(), "volint.h"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, from, to, want string }{
		{"old runtime", "#define VOLINT_ABI 3", "#define VOLINT_ABI 2", "take volint.h and volint.c from the volint"},
		{"new runtime", "#define VOLINT_ABI_OLDEST 2", "#define VOLINT_ABI_OLDEST 4", "write it again with the protoc-gen-volrender"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(string(runtime), tt.from) {
				t.Fatalf("volint.h has no line %q", tt.from)
			}
			// Beside the generated file it is found before the real one.
			misfit := strings.Replace(string(runtime), tt.from, tt.to, 1)
			if err := os.WriteFile(filepath.Join(dir, "volint.h"), []byte(misfit), 0o644); err != nil {
				t.Fatal(err)
			}
			if said := ctest.Refused(t, nil, filepath.Join(dir, "one.volrender.c")); !strings.Contains(said, tt.want) {
				t.Errorf("the compiler says %s; want %q in it", said, tt.want)
			}
		})
	}
}
