package plan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
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
