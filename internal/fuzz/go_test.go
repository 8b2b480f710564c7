package fuzz

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// TestGo: rows by generated structs. The tests in generated_test.go are compiled
// with the generated packages laid over the source tree: they are in this module
// without being in its folders.
func TestGo(t *testing.T) {
	t.Parallel()
	testenv.Uses(t, "runtime/row", "gen/go/google")
	args := []string{"test", "-vet=off", "-tags=generated", "-overlay=" + overlay(t, compiled(t)), ".", "-v"}
	if *native > 0 {
		args = append(args, "-run=^$", "-fuzz=^FuzzGenerated$", fmt.Sprint("-fuzztime=", *native), "-fuzzminimizetime=1s")
	} else {
		args = append(args, "-run=^(TestGenerated|FuzzGenerated)$")
	}
	args = append(args, fmt.Sprint("-seed=", *seed), fmt.Sprint("-schemas=", *schemas), fmt.Sprint("-for=", *duration))
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(brief(string(out)))
}

// brief is what the end of fuzzing says, or a test's own lines.
func brief(out string) string {
	var lines []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, " messages") || strings.HasPrefix(line, "fuzz:") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-2):], "")
}

// overlay generates the Go packages and lists them for the Go tool, with a file
// of this package that imports them.
func overlay(t *testing.T, c *schema.Compiled) string {
	t.Helper()
	dir := t.TempDir()
	here := filepath.Join(testenv.Root(), "internal", "fuzz")
	list := struct{ Replace map[string]string }{map[string]string{}}
	var packages []string
	for _, name := range generate(t, c, dir, "lang=go,module="+module) {
		list.Replace[filepath.Join(here, path.Base(module), name)] = filepath.Join(dir, name)
		if p := fmt.Sprintf("import _ %q\n", module+"/"+path.Dir(name)); !slices.Contains(packages, p) {
			packages = append(packages, p)
		}
	}
	imports := filepath.Join(dir, "imports.go")
	if err := os.WriteFile(imports, []byte("package fuzz\n"+strings.Join(packages, "")), 0o666); err != nil {
		t.Fatal(err)
	}
	list.Replace[filepath.Join(here, "imports_test.go")] = imports
	content, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}
