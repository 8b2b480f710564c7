package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

// goTestee is the Go testee's package, and its folder below the root.
const (
	goTestee       = "github.com/volint/volint/internal/conformance/testee/go"
	goTesteeFolder = "internal/conformance/testee/go"
)

func TestGo(t *testing.T) {
	t.Parallel()
	testenv.Uses(t, goTesteeFolder, "runtime/row", "gen/go")
	testenv.ConformanceRunner(t)
	compare(t, drive(t, buildGo(t)), "known/go.txt")
}

// buildGo compiles the testee with the generated packages laid over the source
// tree: they are in this module without being in its folders.
func buildGo(t *testing.T) string {
	t.Helper()
	generated := t.TempDir()
	generate(t, generated, "lang=go,module="+goTestee)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	err := filepath.WalkDir(generated, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(generated, path)
		overlay.Replace[filepath.Join(testenv.Root(), goTesteeFolder, name)] = path
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "testee")
	if err := os.WriteFile(list, content, 0o666); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-tags=conformance", "-overlay="+list, "-trimpath", "-o", binary, "./"+goTesteeFolder)
	build.Dir = testenv.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build of the testee: %v\n%s", err, out)
	}
	return binary
}
