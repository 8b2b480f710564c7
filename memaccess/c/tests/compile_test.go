package tests

import (
	"testing"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

func TestCompilesEverywhere(t *testing.T) {
	testenv.Uses(t, "memaccess/c")
	for _, d := range ctest.Dialects {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			for _, flags := range [][]string{nil, {"-DVOLINT_MEM_NO_THREAD"}, {"-DVOLINT_MEM_NO_SERVER"}} {
				ctest.Check(t, d, flags, source("volint_memory.c"))
			}
		})
	}
}
