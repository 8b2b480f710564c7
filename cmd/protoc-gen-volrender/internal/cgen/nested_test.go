package cgen_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// What nested rows are and what is refused, by the readers, by the tables alone, and
// without what compilers have beyond the standard.
func TestNestedRows(t *testing.T) {
	p := plugintest.Plan(t, read(t, []string{filepath.Join("testdata", "nested.proto")}))
	dir := write(t, p)
	for _, flag := range []string{"-DVOLINT_FAST", "-DVOLINT_SMALL", "-DVOLINT_PORTABLE"} {
		t.Run(flag, func(t *testing.T) {
			program := ctest.Sanitized(t, append(include(dir), flag), filepath.Join(testenv.Root(), "cmd/protoc-gen-volrender/internal/cgen/testdata/nested.c"), filepath.Join(dir, "nested.volrender.c"))
			if out, err := exec.Command(program).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
