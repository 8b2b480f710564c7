package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	got := differences(
		map[string]string{"Known": "bad", "New": "worse"},
		[]string{"Known", "Mended"})
	want := []string{
		"Mended passes (or there is no such case): take it from the list",
		"New fails: worse",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestReadKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "known.txt")
	for _, c := range []struct {
		text  string
		known []string
		err   string
	}{
		{text: "# Why:\nA\nB\n\n# Another\n# reason.\nC\n", known: []string{"A", "B", "C"}},
		{text: "# Why.\nA\n\nB\n", err: path + ": no reason is given for B"},
		{text: "# Why.\nA\n# Or.\nA\n", err: path + ": A is there twice"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		known, err := readKnown(path)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if diff := cmp.Diff(c.known, known); diff != "" || said != c.err {
			t.Errorf("%q: error %q, want %q; known (-want +got):\n%s", c.text, said, c.err, diff)
		}
	}
}
