package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// Options that the schema tells are completed without asking anybody.
func TestToldOptions(t *testing.T) {
	registerFakes()
	want := []session.Option{
		{Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "only these"},
		{Name: "sort", Kind: "choice", Optional: true, Choices: []string{"pid", "name"}},
		{Name: "with-file", Kind: "uri"},
	}
	if diff := cmp.Diff(want, toldOptions("fake_b", session.Volatility3)); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	for _, name := range []string{"fake_a", "nosuch"} {
		if got := toldOptions(name, session.Volatility3); got != nil {
			t.Errorf("%s has %v", name, got)
		}
	}
	c := newCompleter(&fakeSession{}, session.Volatility3)
	for line, want := range map[string]string{"fake_b --w": "fake_b --with-file ", "fake_b --sort n": "fake_b --sort name "} {
		if got, _, _ := c.complete(line, len(line)); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}
