package tests

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
)

// A program that ignores or blocks signals must not hand that down: its child
// could not wait for its own children.
func testSignals(t *testing.T, program string) {
	volint := ctest.Link(t, "gcc", []string{"-std=c99"}, source("signals.c"))
	got := run(t, program, "good", nil, "sigchld=ignore", "sigpipe=ignore", "block=all", "volint="+volint)
	const want = "0 rows, 0 bytes\nerror: error: CHLD default, open; PIPE default, open; \n" + versionHint
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
