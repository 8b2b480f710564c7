package plugin_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/testenv"
)

// protoc runs the real compiler with the real binary on files in a folder, and
// returns what it wrote and said. There is no Python on its PATH.
func protoc(t *testing.T, folder, parameter string, files ...string) (out map[string]string, stderr string, err error) {
	t.Helper()
	plugin := testenv.Build(t, "./cmd/protoc-gen-volrender")
	dir := t.TempDir()
	args := []string{
		"-I" + folder, "-I" + filepath.Join(testenv.Root(), "schema"),
		"--plugin=protoc-gen-volrender=" + plugin, "--volrender_out=" + dir,
	}
	if parameter != "" {
		args = append(args, "--volrender_opt="+parameter)
	}
	slices.Sort(files) // as plugintest does
	cmd := exec.Command(testenv.Protoc(t), append(args, files...)...)
	cmd.Env = []string{"PATH="}
	var b bytes.Buffer
	cmd.Stderr = &b
	err = cmd.Run()
	return tree(t, dir), b.String(), err
}

// tree reads all files below a folder.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		files[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestProtoc: the same files come out of protoc as in process.
func TestProtoc(t *testing.T) {
	for _, c := range []struct{ folder, file string }{
		{"schema", "panda_vol_int.proto"},
		{"golden/seed", "panda_vol_int.proto"},
		{"golden/keywords", "key-words.proto"},
		{"golden/versions", "versions.proto"},
	} {
		folder := filepath.Join(testenv.Root(), filepath.FromSlash(c.folder))
		got, stderr, err := protoc(t, folder, "", c.file)
		if err != nil {
			t.Errorf("%s/%s: %v\n%s", c.folder, c.file, err, stderr)
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, c.file))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range run(t, plugintest.Request(t, map[string]string{c.file: string(text)}, nil, ""), noPython).File {
			want[f.GetName()] = f.GetContent()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s/%s (-in process +protoc):\n%s", c.folder, c.file, diff)
		}
	}
}

// TestProtocMistakes: protoc prints each mistake at the place that the archive
// has, fails, and nothing is written.
func TestProtocMistakes(t *testing.T) {
	archives, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		parameter, want := "", ""
		var files []string
		for _, f := range archive.Files {
			switch f.Name {
			case "errors":
				want = string(f.Data)
			case "parameter":
				parameter = strings.TrimSpace(string(f.Data))
			default:
				write(t, filepath.Join(folder, f.Name), f.Data)
				files = append(files, f.Name)
			}
		}
		out, stderr, err := protoc(t, folder, parameter, files...)
		if _, failed := err.(*exec.ExitError); !failed || len(out) > 0 {
			t.Errorf("%s: %v, wrote %d files", path, err, len(out))
		}
		if !strings.Contains(stderr, "--volrender_out: "+want) {
			t.Errorf("%s (-want +protoc):\n%s", path, cmp.Diff(want, stderr))
		}
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestProtocEditions: every syntax and edition that the plug-in says it knows.
func TestProtocEditions(t *testing.T) {
	for _, line := range []string{`syntax = "proto2";`, `syntax = "proto3";`, `edition = "2023";`, `edition = "2024";`} {
		label := ""
		if strings.HasPrefix(line, "syntax") {
			label = "optional "
		}
		folder := t.TempDir()
		write(t, filepath.Join(folder, "p.proto"), []byte(line+"\npackage p;\nmessage M { "+label+"string name = 1; }\n"))
		out, stderr, err := protoc(t, folder, "lang=c", "p.proto")
		if err != nil || len(out) == 0 {
			t.Errorf("%s: %v\n%s", line, err, stderr)
		}
	}
}

// TestBuf: `buf generate` in the v1 workspace, with the plug-ins as the
// repository's buf.gen.yaml names them, makes what gen/ holds.
func TestBuf(t *testing.T) {
	testenv.Uses(t, "buf.gen.yaml", "buf.gen.wellknown.yaml", "testdata/wellknown", "schema", "gen", "templates", "runtime/python", "cmd/protoc-gen-volrender")
	dir := t.TempDir()
	for _, template := range []string{"buf.gen.yaml", "buf.gen.wellknown.yaml"} {
		cmd := exec.Command(testenv.Tool(t, "buf"), "generate", "--template", template, "--output", dir)
		cmd.Dir = testenv.Root()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("buf generate --template %s: %v\n%s", template, err, out)
		}
	}
	want := tree(t, filepath.Join(testenv.Root(), "gen"))
	delete(want, "embed.go") // is written by hand
	for name := range want {
		// The options of plugins are made of an installed Volatility, and have a test of
		// their own.
		if strings.HasSuffix(name, ".pyc") || strings.HasPrefix(name, "go/volatility3options/") {
			delete(want, name)
		}
	}
	if diff := cmp.Diff(want, tree(t, filepath.Join(dir, "gen"))); diff != "" {
		t.Errorf("gen/ is not current (-committed +generated; `make generate` writes it):\n%s", diff)
	}
}
