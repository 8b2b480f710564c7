package conformance

import (
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

func TestPython3(t *testing.T) {
	t.Parallel()
	testPython(t, testenv.Tool(t, "python3"))
}

func TestPython2(t *testing.T) {
	t.Parallel()
	testPython(t, testenv.Python2(t))
}

func testPython(t *testing.T, python string) {
	t.Helper()
	const testee = "internal/conformance/testee/python/testee.py"
	testenv.Uses(t, testee)
	dir := t.TempDir()
	generate(t, filepath.Join(dir, "rows"), "lang=python")
	// -B: no .pyc beside the testee, which lies in the repository.
	o := drive(t, python, "-B", filepath.Join(testenv.Root(), testee), dir)
	compare(t, o, "known/python.txt")
}
