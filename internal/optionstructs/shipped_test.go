package optionstructs_test

import (
	"bytes"
	"context"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/gen/go/volatility3options"
	"github.com/volint/volint/internal/optionstructs"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// needMore are the structs of plugins that Volatility imports only where packages
// are that it does not ask for by itself (yara-x, pycryptodome, capstone).
var needMore = []string{
	"LinuxVmayarascanVmaYaraScan", "WindowsDirectSystemCallsDirectSystemCalls",
	"WindowsIndirectSystemCallsIndirectSystemCalls", "WindowsMalwareDirectSystemCallsDirectSystemCalls",
	"WindowsMalwareIndirectSystemCallsIndirectSystemCalls", "WindowsVadyarascanVadYaraScan", "YarascanYaraScan",
}

// The shipped package is what the newest Volatility 3 that volint is tested with
// has. Refresh it where all plugins can be imported (pip install
// 'volatility3[full]'):
//
//	volint schema options --bare --go volatility3options -o gen/go/volatility3options/options.go
func TestShippedStructsAreCurrent(t *testing.T) {
	testenv.Uses(t, "runtime/python", "gen/go/volatility3options")
	s, err := session.Open(context.Background(), session.Config{
		Version: session.Volatility3, Python: testenv.Python3(t), Cache: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	plugins, err := s.Options(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	generated, err := optionstructs.Generate(optionstructs.Source{Package: "volatility3options", Plugins: plugins, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile(filepath.Join(testenv.Root(), "gen/go/volatility3options/options.go"))
	if err != nil {
		t.Fatal(err)
	}
	want, got := types(t, generated), types(t, shipped)
	for _, name := range needMore {
		if _, there := want[name]; !there {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 90 {
		t.Errorf("%d structs (-installed +shipped):\n%s", len(want), diff)
	}
}

// types are the declarations of a file's types with their comments, by name.
func types(t *testing.T, source []byte) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "options.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, d := range file.Decls {
		declared, ok := d.(*ast.GenDecl)
		if !ok || declared.Tok != token.TYPE {
			t.Fatalf("a declaration is a %T", d)
		}
		var text bytes.Buffer
		if err := format.Node(&text, files, declared); err != nil {
			t.Fatal(err)
		}
		found[declared.Specs[0].(*ast.TypeSpec).Name.Name] = text.String()
	}
	return found
}

// The structs are ones that session.Args takes.
func TestShippedStructsMakeArguments(t *testing.T) {
	got := slices.Concat(
		session.Args(volatility3options.LinuxPslistPsList{Pid: []int64{1, 20}, Dump: true}),
		session.Args(volatility3options.LinuxModuleExtractModuleExtract{Base: 0}),
		session.Args(volatility3options.LayerwriterLayerWriter{BlockSize: session.Int(4096)}),
	)
	want := "--pid=1 --pid=20 --dump --base=0 --block-size=4096"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("arguments %q, want %q", got, want)
	}
}
