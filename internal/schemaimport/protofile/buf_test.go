package protofile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
	"github.com/volint/volint/internal/testenv"
)

// TestBuf merges the cases of testdata/merge whose file buf can compile, and asks buf:
// the outcome compiles, breaks nothing that schema/buf.yaml forbids, and has the format
// of `buf format` where the file had it before.
func TestBuf(t *testing.T) {
	buf := testenv.Tool(t, "buf")
	testenv.Uses(t, "schema/volint/volrender", "schema/buf.yaml")
	before, after := module(t), module(t)
	names, err := filepath.Glob("testdata/merge/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		c := readCase(t, name)
		if c.before == "" || !strings.Contains(c.before, "\npackage mine.v1;") {
			continue
		}
		n++
		pkg := strings.TrimSuffix(filepath.Base(name), ".txtar")
		place := strings.NewReplacer("package mine.v1;", "package "+pkg+".v1;", "example.com/x", "example.com/"+pkg)
		text, _ := c.merge(t, c.before)
		path := filepath.Join(pkg, "v1", "x.proto")
		put(t, filepath.Join(before, path), place.Replace(c.before))
		put(t, filepath.Join(after, path), place.Replace(text))
		if formatted(t, buf, filepath.Join(before, path)) && !formatted(t, buf, filepath.Join(after, path)) {
			t.Errorf("%s: the outcome has another format than `buf format`'s", pkg)
		}
	}
	if n < 5 {
		t.Fatalf("only %d cases were tried", n)
	}
	image := filepath.Join(t.TempDir(), "before.binpb")
	run(t, before, buf, "build", "-o", image)
	run(t, after, buf, "build")
	run(t, after, buf, "breaking", "--against", image)
}

// TestNewFileLint makes a new file, and adds to it: buf's linter has nothing to say.
func TestNewFileLint(t *testing.T) {
	buf := testenv.Tool(t, "buf")
	testenv.Uses(t, "schema/volint/volrender", "schema/buf.yaml")
	dir := module(t)
	c := readCase(t, "testdata/merge/new_file.txtar")
	want := wanted(t, c.want)
	want.Path, want.Package = "mine/v1/mine.proto", "mine.v1"
	text, err := protofile.Print(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range want.Messages {
		m.Fields = append(m.Fields[1:], &schemaimport.Field{
			Name: "added", Type: "bytes", Optional: true, Doc: "Comes later.",
			Option: wantedColumn("Added in 2.0"),
		})
	}
	file, err := protofile.Parse(want.Path, text)
	if err != nil {
		t.Fatal(err)
	}
	more, changes, err := file.Merge(want, c.scope)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(text), string(more)} {
		put(t, filepath.Join(dir, "mine", "v1", "mine.proto"), text)
		run(t, dir, buf, "lint")
		run(t, dir, buf, "format", "--diff", "--exit-code", "mine/v1/mine.proto")
	}
	if !strings.Contains(string(more), "reserved 1;") || !strings.Contains(string(more), "bytes added = 9") {
		t.Errorf("the merge did not do its part:\n%s\n%s", say(changes), more)
	}
}

// module is a folder with volint's options and the rules that its own schemas have.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	options := filepath.Join("volint", "volrender", "v1")
	if err := os.CopyFS(filepath.Join(dir, options), os.DirFS(filepath.Join(testenv.Root(), "schema", options))); err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile(filepath.Join(testenv.Root(), "schema", "buf.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "buf.yaml"), string(rules))
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
}

func formatted(t *testing.T, buf, path string) bool {
	t.Helper()
	return exec.Command(buf, "format", "--exit-code", path).Run() == nil
}
