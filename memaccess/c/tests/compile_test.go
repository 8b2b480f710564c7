package tests

import (
	"testing"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// What is left out leaves nothing that warns.
func TestCompilesInPart(t *testing.T) {
	testenv.Uses(t, "memaccess/c")
	for _, flag := range []string{"-DVOLINT_MEM_NO_THREAD", "-DVOLINT_MEM_NO_SERVER", "-U__linux__"} {
		ctest.Check(t, ctest.Dialect{Compiler: "gcc", Std: "c99"}, []string{flag}, source("volint_memory.c"))
	}
}

func TestCompilesEverywhere(t *testing.T) {
	testenv.Uses(t, "memaccess/c")
	for _, d := range ctest.Dialects {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			ctest.Check(t, d, []string{"-I", folder()}, source("volint_memory.c"), source("examples", "emulator.c"))
		})
	}
}
