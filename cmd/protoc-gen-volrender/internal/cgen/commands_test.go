package cgen_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/compiler/protogen"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// One lookup finds the commands of all files, by every name that the schema gives
// their plugins.
func TestListOfCommands(t *testing.T) {
	files := map[string]string{"none.proto": `syntax = "proto3"; option go_package = "example.com/none"; enum none { NO = 0; }`}
	for _, folder := range []string{"plugins", "tables"} {
		for path, source := range golden(t, folder) {
			files[path] = source
		}
	}
	gen, err := protogen.Options{}.New(plugintest.Request(t, files, nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(gen, plan.Options{CCommands: "all_commands"})
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, p)
	sources := []string{filepath.Join(dir, "all_commands.volrender.c")}
	for _, f := range p.Files {
		sources = append(sources, filepath.Join(dir, f.C.Source))
	}
	for _, d := range ctest.Dialects {
		ctest.Check(t, d, include(dir), sources[0])
	}
	sources = append(sources, filepath.Join(testenv.Root(), "cmd/protoc-gen-volrender/internal/cgen/testdata/list.c"))
	program := ctest.Link(t, "gcc", append(include(dir), "-DVOLINT_SMALL"), append(sources, filepath.Join(ctest.Runtime(), "volint.c"))...)
	out, err := exec.Command(program, "linux_pslist", "linux.pslist", "malfind", "oldmalfind", "windows.malfind", "windows_tree", "pstree", "linux").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := `linux_pslist: golden.plugins.v1.linux_pslist_task
linux.pslist: golden.plugins.v1.LinuxPslist
malfind: golden.plugins.v1.WindowsMalwareMalfind
oldmalfind: golden.plugins.v1.WindowsMalwareMalfind
windows.malfind: golden.plugins.v1.WindowsMalwareMalfind
windows_tree: golden.tables.v1.Tree
pstree: golden.tables.v1.Tree
linux: none
`
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("what was found (-want +got):\n%s", diff)
	}
}
