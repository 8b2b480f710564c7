package schema_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/volint/volint"
	"github.com/volint/volint/runtime/dynamic/schema"
)

// write makes the files of a txtar archive in a new folder, and goes there.
func write(t *testing.T, archive string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// module is a folder as buf has them, with a schema deep in it.
const module = `
-- proto/acme/rows/v1/rows.proto --
syntax = "proto3";
package acme.rows.v1;
import "acme/parts/v1/parts.proto";
import "google/protobuf/duration.proto";
import "volint/volrender/v1/options.proto";
message Process {
  option (volint.volrender.v1.command).name = "ps";
  acme.parts.v1.Part part = 1;
  google.protobuf.Duration age = 2;
  message Inner { uint32 x = 1; }
  repeated Inner inner = 3;
}
message Ignored { option (volint.volrender.v1.command).ignore = true; uint32 x = 1; }
-- proto/acme/parts/v1/parts.proto --
syntax = "proto3";
package acme.parts.v1;
message Part { uint32 id = 1; }
`

func TestLoad(t *testing.T) {
	write(t, module)
	s, err := schema.Load("proto/acme/rows/v1/rows.proto", "elsewhere", "proto")
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{
		"":                           "acme.rows.v1.Process", // the only command
		"Process":                    "acme.rows.v1.Process",
		"process":                    "acme.rows.v1.Process",
		"acme.rows.v1.Process":       "acme.rows.v1.Process",
		".acme.rows.v1.Process":      "acme.rows.v1.Process",
		"Inner":                      "acme.rows.v1.Process.Inner",
		"Ignored":                    "acme.rows.v1.Ignored",
		"acme.parts.v1.Part":         "acme.parts.v1.Part", // of an import, by its full name
		"google.protobuf.Duration":   "google.protobuf.Duration",
		"acme.rows.v1.Process.Inner": "acme.rows.v1.Process.Inner",
	} {
		c, err := s.Find(asked)
		if err != nil || c.Message.FullName != want {
			t.Errorf("%q: %v, %v; want %s", asked, c.Message, err, want)
			continue
		}
		if r := c.New(); r.Message() != c.Message || r.Decode(nil) != nil {
			t.Errorf("%q: no row", asked)
		}
	}
}

func TestFindNothing(t *testing.T) {
	write(t, `
-- two.proto --
syntax = "proto3";
message One { message Part { uint32 x = 1; } Part p = 1; }
message Two { message Part { uint32 x = 1; } Part p = 1; }
-- none.proto --
syntax = "proto3";
message A { B b = 1; }
message B { A a = 1; }
-- empty.proto --
-- extended.proto --
syntax = "proto2";
message Row { optional uint32 x = 1; extensions 100 to max; }
extend Row { repeated group Top = 100 { optional uint32 y = 1; } }
message Part { extend Row { optional Part part = 101; } optional uint32 z = 1; }
-- many.proto --
syntax = "proto3";
message M1 { uint32 x = 1; }
message M2 { uint32 x = 1; }
message M3 { uint32 x = 1; }
message M4 { uint32 x = 1; }
message M5 { uint32 x = 1; }
message M6 { uint32 x = 1; }
message M7 { uint32 x = 1; }
message M8 { uint32 x = 1; }
message M9 { uint32 x = 1; }
`)
	for _, test := range []struct{ file, name, msg, hint string }{
		{"two.proto", "", "two.proto: the schema has 2 commands", "name the message: One or Two"},
		{"two.proto", "Part", `two.proto: 2 messages could be "Part"`, "say which: One.Part or Two.Part"},
		{"two.proto", "On", `two.proto: there is no message "On"`, "did you mean One?"},
		{"two.proto", "mutex", `two.proto: there is no message "mutex"`, "name the message: One or One.Part or Two or Two.Part"},
		{"none.proto", "", "none.proto: no message of the schema is a command", "name the message: A or B"},
		{"empty.proto", "", "empty.proto: no message of the schema is a command", "the schema has no messages: give another one"},
		{"many.proto", "", "many.proto: the schema has 9 commands", "name the message: M1 or M2 or M3 or M4 or M5 or M6 or M7 or M8 or another of its 9"},
	} {
		s, err := schema.Load(test.file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Find(test.name)
		checkError(t, err, test.msg, test.hint)
	}
	extended, err := schema.Load("extended.proto") // what an extension holds is no row
	if err != nil {
		t.Fatal(err)
	}
	if c, err := extended.Find(""); err != nil || c.Message.FullName != "Row" {
		t.Errorf("%v, %v", c.Message, err)
	}
}

func checkError(t *testing.T, err error, msg, hint string) {
	t.Helper()
	var e *schema.Error
	if !errors.As(err, &e) {
		t.Errorf("error %v, want %s", err, msg)
		return
	}
	if diff := cmp.Diff(msg+"\n"+hint, e.Error()+"\n"+e.Hint()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLoadErrors: each has a place, as an editor understands it, and a remedy.
func TestLoadErrors(t *testing.T) {
	const set = "a descriptor set is what `buf build -o schema.binpb` or `protoc --include_imports --descriptor_set_out=schema.binpb` writes"
	write(t, module+`
-- syntax.proto --
syntax = "proto3";
message M { uint32 x 1; }
-- type.proto --
syntax = "proto3";
message M {
  Foo x = 1;
}
-- sub/of.proto --
syntax = "proto3";
import "syntax.proto";
-- nowhere.proto --
syntax = "proto3";
import "no/where.proto";
-- folder.proto --
syntax = "proto3";
import "proto";
-- e2024.proto --
// A comment.
edition = "2024";
export message M { uint32 x = 1; }
-- uses2024.proto --
syntax = "proto3";
import "e2024.proto";
-- cycle.proto --
syntax = "proto3";
import "cycle.proto";
-- twice.proto --
syntax = "proto3";
message M { uint32 x = 1; }
message M { uint32 x = 1; }
-- text.txt --
hello
`)
	if err := os.WriteFile("elf", []byte("\x7fELF\x02\x01\x01\x00"), 0o666); err != nil {
		t.Fatal(err)
	}
	const edition2024 = "it is written in edition 2024, and volint reads the source of editions up to 2023"
	const makeSet = "have buf or protoc make a descriptor set, and give that: buf build -o schema.binpb, or protoc -I . --include_imports --descriptor_set_out=schema.binpb "
	for _, test := range []struct{ file, msg, hint string }{
		{"syntax.proto", "syntax.proto:2:22: syntax error: expecting ';'", "correct the schema there"},
		{"type.proto", "type.proto:3:3: field M.x: unknown type Foo", "correct the schema there"},
		{"sub/of.proto", "syntax.proto:2:22: syntax error: expecting ';'", "correct the schema there"},
		{"twice.proto", `twice.proto:3:9: symbol "M" already defined at twice.proto:2:9`, "correct the schema there"},
		{"cycle.proto", `cycle.proto:2:8: cycle found in imports: "cycle.proto" -> "cycle.proto"`, "correct the schema there"},
		{"proto/acme/rows/v1/rows.proto", "proto/acme/rows/v1/rows.proto:3:8: there is no acme/parts/v1/parts.proto to import", "give the folder that imports start from: -I proto"},
		{"nowhere.proto", "nowhere.proto:2:8: there is no no/where.proto to import", "give the folder that imports start from, -I DIR, or a descriptor set, which has all in one file"},
		{"folder.proto", "folder.proto:2:8: can't import proto: read proto: is a directory", "give the folder that imports start from, -I DIR, or a descriptor set, which has all in one file"},
		{"e2024.proto", "e2024.proto: " + edition2024, makeSet + "e2024.proto"},
		{"uses2024.proto", "e2024.proto: " + edition2024, makeSet + "uses2024.proto"},
		{"gone.proto", "gone.proto: can't read the schema: no such file or directory", "give the path of a .proto file or of a descriptor set"},
		{"proto", "proto: can't read the schema: is a directory", "give the path of a .proto file or of a descriptor set"},
		{"elf", "elf: it is neither a .proto file nor a descriptor set", set},
		{"text.txt", "text.txt:1:1: syntax error: unexpected identifier", "correct the schema there"},
	} {
		_, err := schema.Load(test.file)
		checkError(t, err, test.msg, test.hint)
	}
}

// TestDefaultFolders: imports start from the file's own folder, or the current one.
func TestDefaultFolders(t *testing.T) {
	write(t, `
-- sub/main.proto --
syntax = "proto3";
import "beside.proto";
import "sub/below.proto";
message Main { Beside b = 1; Below c = 2; }
-- sub/beside.proto --
syntax = "proto3";
message Beside { uint32 x = 1; }
-- sub/below.proto --
syntax = "proto3";
message Below { uint32 x = 1; }
`)
	s, err := schema.Load("sub/main.proto")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Find(""); err != nil || c.Name != "Main" {
		t.Errorf("%v, %v", c.Name, err)
	}
	if abs, err := filepath.Abs("sub/main.proto"); err != nil {
		t.Fatal(err)
	} else if _, err := schema.Load(abs); err != nil {
		t.Errorf("by its whole path: %v", err)
	}
}

// TestOwnOptions: a module that carries options.proto, as `volint schema init`
// writes it, is read with that.
func TestOwnOptions(t *testing.T) {
	write(t, module)
	content, err := volint.Schema.ReadFile("schema/volint/volrender/v1/options.proto")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("proto/volint/volrender/v1", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("proto/volint/volrender/v1/options.proto", content, 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load("proto/acme/rows/v1/rows.proto", "proto")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Find(""); err != nil || !strings.HasSuffix(c.Message.FullName, ".Process") {
		t.Errorf("%v, %v", c.Message, err)
	}
}
