package schema_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/dynamic/schema"
	"github.com/volint/volint/runtime/row"
)

// tools finds buf and protoc, and returns what runs one in the current folder.
func tools(t *testing.T) func(t *testing.T, name string, args ...string) {
	t.Helper()
	paths := map[string]string{"buf": testenv.Tool(t, "buf"), "protoc": testenv.Tool(t, "protoc")}
	cache := "BUF_CACHE_DIR=" + filepath.Join(t.TempDir(), "cache")
	return func(t *testing.T, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(paths[name], args...)
		cmd.Env = append(os.Environ(), cache)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
}

func load(t *testing.T, file, message string) row.Command {
	t.Helper()
	s, err := schema.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Find(message)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

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
	run := tools(t)
	write(t, editions)
	run(t, "buf", "build", "-o", "buf.binpb")
	run(t, "buf", "build", "-o", "bare.binpb", "--exclude-imports", "--exclude-source-info")
	run(t, "protoc", "--include_imports", "--descriptor_set_out=protoc.pb", "main.proto")
	run(t, "protoc", "--descriptor_set_out=lacking.pb", "main.proto")
	for _, file := range []string{"buf.binpb", "bare.binpb", "protoc.pb"} {
		r := load(t, file, "Process").New()
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

// features is a file that uses each feature of editions that frames depend on.
const features = `
message M {
  int32 implicit = 1 [features.field_presence = IMPLICIT];
  int32 required = 2 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 expanded = 3 [features.repeated_field_encoding = EXPANDED];
  repeated int32 packed = 4;
  string checked = 5;
  string unchecked = 6 [features.utf8_validation = NONE];
  M group = 7 [features.message_encoding = DELIMITED];
  Closed closed = 8;
}
enum Closed {
  option features.enum_type = CLOSED;
  CLOSED_ONE = 1;
}
`

// TestFeatures: they have their effect whoever compiled the schema: volint itself
// for edition 2023, buf and protoc for both.
func TestFeatures(t *testing.T) {
	run := tools(t)
	for _, edition := range []string{"2023", "2024"} {
		write(t, "-- buf.yaml --\nversion: v2\n-- features.proto --\nedition = \""+edition+"\";\n"+features)
		run(t, "buf", "build", "-o", "buf.binpb")
		run(t, "protoc", "--include_imports", "--descriptor_set_out=protoc.pb", "features.proto")
		files := []string{"buf.binpb", "protoc.pb"}
		if edition == "2023" {
			files = append(files, "features.proto")
		}
		for _, file := range files {
			t.Run(edition+" "+file, func(t *testing.T) { checkFeatures(t, load(t, file, "")) })
		}
	}
}

func checkFeatures(t *testing.T, c row.Command) {
	const required = "\x10\x01"
	for _, test := range []struct{ frame, want string }{
		{required, "{implicit: 0, required: 1}"},
		{"\x08\x01", ""},
		{required + "\x1a\x02\x05\x06\x20\x07\x20\x08", "{implicit: 0, required: 1, expanded: [5, 6], packed: [7, 8]}"},
		{required + "\x2a\x01\xff", ""},
		{required + "\x32\x01\xff", `{implicit: 0, required: 1, unchecked: "\xff"}`},
		{required + "\x3b\x10\x02\x3c", "{implicit: 0, required: 1, group: {implicit: 0, required: 2}}"},
		{required + "\x3b\x08\x02\x3c", ""},
		{required + "\x40\x01", "{implicit: 0, required: 1, closed: CLOSED_ONE}"},
		{required + "\x40\x09", "{implicit: 0, required: 1, closed: 9}"},
	} {
		r := c.New()
		got := ""
		if r.Decode([]byte(test.frame)) == nil {
			got = row.NestedValue(true, r).String()
		}
		if got != test.want || r.UnknownFields() != 0 {
			t.Errorf("%x: got %s, want %s", test.frame, got, test.want)
		}
	}
	r := c.New()
	if err := r.Decode([]byte(required + "\x18\x05\x18\x06\x20\x07\x20\x08")); err != nil {
		t.Fatal(err)
	}
	if got, want := string(r.Append(nil)), required+"\x18\x05\x18\x06\x22\x02\x07\x08"; got != want {
		t.Errorf("written as %x, want %x", got, want)
	}
}
