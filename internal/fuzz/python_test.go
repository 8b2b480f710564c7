package fuzz

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
	if *native > 0 {
		t.Skip("SKIP(user): there is no Atheris for Python 2")
	}
	testPython(t, testenv.Python2(t))
}

// testPython: rows by generated modules.
func testPython(t *testing.T, python string) {
	t.Helper()
	testenv.Uses(t, "internal/fuzz/testee")
	c := compiled(t)
	dir := t.TempDir()
	generate(t, c, filepath.Join(dir, "rows"), "lang=python")
	// -B: no .pyc beside the testee, which lies in the repository.
	args := append([]string{dir}, c.Roots...)
	if *native > 0 {
		args = append([]string{"-B", testeeFile("fuzz_python.py")}, args...)
		fuzzed(t, c, testenv.Atheris(t), append(args, "--")...)
		return
	}
	compare(t, c, start(t, python, append([]string{"-B", testeeFile("python.py")}, args...)...), 2)
}
