package format_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/format"
)

func TestGrid(t *testing.T) {
	var out strings.Builder
	g := format.NewGrid(&out, []format.Column{{Title: "PID", Right: true}, {Title: "NAME"}, {Title: "N", Right: true}, {Title: "DOC"}})
	for _, cells := range [][]string{{"1", "init", "22", "first"}, {"100", "日本", "-", ""}} {
		if err := g.Line(cells); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() != 0 || g.Held() != 2 {
		t.Errorf("before Release: printed %q, %d held", out.String(), g.Held())
	}
	if err := g.Release(); err != nil {
		t.Fatal(err)
	}
	if err := g.Line([]string{"5", "a-name-that-is-longer", "1", "x"}); err != nil {
		t.Fatal(err)
	}
	want := "" +
		"PID  NAME   N  DOC\n" +
		"  1  init  22  first\n" +
		"100  日本   -\n" +
		"  5  a-name-that-is-longer   1  x\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("grid (-want +got):\n%s", diff)
	}
}
