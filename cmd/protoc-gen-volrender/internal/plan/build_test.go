package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/testenv"
)

const bare = `syntax = "proto2";
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

func TestBareSeedFile(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{"panda_vol_int.proto": bare})
	f := p.Files[0]
	wantGo := plan.GoFile{
		ImportPath: "volatility_render/volatility_renderrow", Package: "volatility_renderrow",
		Filename:      "volatility_render/volatility_renderrow/panda_vol_int.volrender.go",
		DescriptorVar: "filePandaVolIntDescriptors", Commands: "PandaVolIntCommands",
	}
	if diff := cmp.Diff(wantGo, f.Go); diff != "" {
		t.Error(diff)
	}
	m := f.Messages[0]
	if m.Command != "linux_pslist_task" || m.Volatility2.Expression() || m.Volatility3.Expression() {
		t.Errorf("not the table model by convention: %+v", m)
	}
	want := plan.Cell{Column: "starttime", Title: "start_time", AbsenceOf: -1}
	if diff := cmp.Diff(want, m.Volatility3.Cells[6]); diff != "" {
		t.Error(diff)
	}
}

// A schema can be written for a newer options.proto than this program's: then
// what it does not know must not be passed over.
func TestNewerOptions(t *testing.T) {
	req := plugintest.Request(t, map[string]string{"m.proto": `syntax = "proto2";
import "volint/volrender/v1/options.proto";
message m {
  option (volint.volrender.v1.command).volatility3.plugin = "a.B";
  optional uint32 pid = 1 [(volint.volrender.v1.field).volatility3.column = "PID"];
}`}, nil, "")
	m := req.ProtoFile[len(req.ProtoFile)-1].MessageType[0]
	newer := protowire.AppendVarint(protowire.AppendTag(nil, 1000, protowire.VarintType), 1)
	command := proto.GetExtension(m.Options, volrenderv1.E_Command).(*volrenderv1.Command)
	command.Volatility3.ProtoReflect().SetUnknown(newer)
	field := proto.GetExtension(m.Field[0].Options, volrenderv1.E_Field).(*volrenderv1.Field)
	// Meaning 99: unknown numbers of a closed enum are unknown fields.
	field.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 3, protowire.VarintType), 99))

	_, err := plugintest.Build(t, req)
	want := `m.proto:4:3: the option of "m" has parts that this protoc-gen-volrender does not know
  hint: install the protoc-gen-volrender that came with that options.proto
m.proto:5:27: the option of "pid" has parts that this protoc-gen-volrender does not know
  hint: install the protoc-gen-volrender that came with that options.proto`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// The descriptors that programs carry have no options of volrender and so no
// import of options.proto; protobuf's own files and volint's are in every program
// that reads descriptors.
func TestDescriptors(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{
		"a.proto": `syntax = "proto2"; package a;
			import "volint/volrender/v1/options.proto";
			import "google/protobuf/timestamp.proto";
			// A comment.
			message m {
				option deprecated = true;
				option (volint.volrender.v1.command).name = "x";
				optional google.protobuf.Timestamp t = 1 [(volint.volrender.v1.field).volatility3.column = "T"];
			}`,
		"b.proto": `syntax = "proto2"; package b;
			import "volint/volrender/v1/absence.proto"; import "volint/volrender/v1/options.proto";
			message n {
				optional uint32 x = 1 [(volint.volrender.v1.field).absence = "why"];
				optional volint.volrender.v1.Absence why = 2;
			}`,
	})
	want := map[string][]string{
		"a.proto": {"google/protobuf/timestamp.proto"},
		"b.proto": {"volint/volrender/v1/absence.proto"},
	}
	for _, f := range p.Files {
		set := &descriptorpb.FileDescriptorSet{}
		if err := proto.Unmarshal(f.Descriptors, set); err != nil {
			t.Fatal(err)
		}
		if len(set.File) != 1 {
			t.Fatalf("%s: %d files", f.Path, len(set.File))
		}
		last := set.File[0]
		if diff := cmp.Diff(want[f.Path], last.Dependency); diff != "" {
			t.Errorf("%s: imports (-want +got):\n%s", f.Path, diff)
		}
		if _, err := protodesc.NewFile(last, protoregistry.GlobalFiles); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
		if text := last.String(); last.SourceCodeInfo != nil || strings.Contains(text, "volint.volrender.v1.command") || strings.Contains(text, "volint.volrender.v1.field") {
			t.Errorf("%s holds comments or options: %s", f.Path, text)
		}
		if f.Path == "a.proto" && !last.MessageType[0].GetOptions().GetDeprecated() {
			t.Error("other options are gone")
		}
	}
}

func TestShippedFile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testenv.Root(), "schema", "panda_vol_int.proto"))
	if err != nil {
		t.Fatal(err)
	}
	p := plugintest.Plan(t, map[string]string{"panda_vol_int.proto": string(text)})
	f := p.Files[0]
	if got, want := f.Go.Filename, "github.com/volint/volint/gen/go/pandavolint/pandavolintrow/panda_vol_int.volrender.go"; got != want {
		t.Errorf("Go file %q, want %q", got, want)
	}
	m := f.Messages[0]
	if m.Command != "linux_pslist" || m.Volatility2.Plugin != "linux_pslist" || m.Volatility3.Plugin != "linux.pslist.PsList" {
		t.Errorf("names: %q, %q, %q", m.Command, m.Volatility2.Plugin, m.Volatility3.Plugin)
	}
	if !m.Volatility2.Expression() || m.Volatility2.Row != "task" || m.Volatility3.Cells[1].Expression != "c_string(task.comm)" {
		t.Errorf("not the expression model: %+v", m.Volatility2)
	}
	dtb := m.Fields[5]
	if !dtb.HasAbsentValue || dtb.AbsentValue != 1<<64-1 || dtb.Meaning != plan.Address || dtb.Bit != 5 {
		t.Errorf("dtb: %+v", dtb)
	}
	if m.Doc == "" || dtb.Doc == "" || m.Pos.Line == 0 || m.GoName != "LinuxPslistTask" || m.CName != "volatility_render_linux_pslist_task" {
		t.Errorf("message: %+v", m)
	}
}

// Google's messages beside protobuf's own are parts of rows, never commands.
func TestGoogleIsNoCommand(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{
		"google/type/money.proto": `syntax = "proto3"; package google.type; message Money { string code = 1; }`,
		"m.proto":                 `syntax = "proto3"; package p; import "google/type/money.proto"; message m { google.type.Money paid = 1; }`,
	})
	got := map[string]string{}
	for _, f := range p.Files {
		for _, m := range f.Messages {
			got[m.FullName] = m.Command
		}
	}
	want := map[string]string{"google.type.Money": "", "p.m": "m"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// Protobuf's own messages are in packages of volint's, as volint's are, whatever a
// run calls its own.
func TestWellKnownPackages(t *testing.T) {
	req := plugintest.Request(t, map[string]string{"m.proto": `syntax = "proto3"; package p; option go_package = "example.com/p";
		import "google/protobuf/duration.proto"; import "google/protobuf/descriptor.proto"; import "volint/volrender/v1/values.proto";
		message m { google.protobuf.Duration a = 1; google.protobuf.FileDescriptorProto b = 2; volint.volrender.v1.Disassembly c = 3; }`}, nil, "")
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(gen, plan.Options{GoSuffix: "other"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range p.Files[0].Messages[0].Fields {
		got = append(got, f.Message.File.Go.ImportPath)
	}
	const above = "github.com/volint/volint/gen/go/"
	want := []string{above + "google/protobuf/wellknownrow", above + "google/protobuf/descriptorrow", above + "volint/volrender/v1/volrenderv1row"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}

// Two packages may have a message of one name, as long as nobody says that it is
// a command's.
func TestOneNameInTwoPackages(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{
		"a.proto": `syntax = "proto3"; package a; message Row { uint32 pid = 1; }`,
		"b.proto": `syntax = "proto3"; package b; message row { uint32 pid = 1; }`,
	})
	var got []string
	for _, f := range p.Files {
		for _, m := range f.Commands() {
			got = append(got, m.FullName+" "+m.Command)
		}
	}
	if diff := cmp.Diff([]string{"a.Row Row", "b.row row"}, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// What no plugin's table can fill is no mistake where nothing is made for
// Volatility: then the message is no command.
func TestProgramsNeedNoColumns(t *testing.T) {
	source := `syntax = "proto3"; package p; option go_package = "example.com/p";
		message M { uint32 none = 1; uint32 None = 2; uint32 _ = 3; }
		message N { uint32 pid = 1; }`
	req := plugintest.Request(t, map[string]string{"m.proto": source}, nil, "")
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(gen, plan.Options{NoDropIns: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Files[0].Messages; got[0].Command != "" || got[1].Command != "N" {
		t.Errorf("commands %q and %q, want none and N", got[0].Command, got[1].Command)
	}
}
