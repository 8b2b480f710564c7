package python_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

// A context over a guest that runs sees what it saw before, until fresh: then data
// and page tables are those of now, together.
func TestFresh(t *testing.T) {
	want := []any{"before  ", "before  ", "after   ", "after   ", "the next",
		"the next", "volatility3.plugins.volint_memory_layer.MemoryLayer", "the next",
		[]any{float64(0x9fff0), float64(mib + 0x100)}, "the next"}
	for name, interpreter := range map[string]string{"newest": testenv.Python3(t), "oldest": testenv.Python3Oldest(t)} {
		for _, from := range []string{"files", "server"} {
			t.Run(name+" from "+from, func(t *testing.T) {
				h := newHost(t)
				h.live = true
				var source memaccess.Source = h
				if from == "server" {
					source = onlyServer{h}
				}
				testenv.Uses(t, "memaccess/python")
				cmd := exec.Command(interpreter, "-B", filepath.Join("testdata", "fresh3.py"), memorytest.PlugIn(t, 3),
					"unix://"+serveBy(t, &memaccess.Server{Source: source}), h.file.Name(), fmt.Sprint(h.offset(0, 1)))
				var stderr strings.Builder
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				var got any
				if err != nil || json.Unmarshal(out, &got) != nil {
					t.Fatalf("%v: %s\n%s", err, out, &stderr)
				}
				if diff := cmp.Diff(any(want), got); diff != "" {
					t.Errorf("what is seen (-want +got):\n%s", diff)
				}
				if !strings.Contains(stderr.String(), "is not written to") {
					t.Errorf("standard error:\n%s", &stderr)
				}
			})
		}
	}
}

// Volatility 2 writes with --write, and not without.
func TestAddressSpaceWrite(t *testing.T) {
	const at = mib + 4090
	calls := []call{
		{do("write", at, "written."), false},
		{do("read", at, 8), there(at, 8)},
		{do("allow"), nil},
		{do("write", at, "written."), true},
		{do("read", at, 8), shown([]byte("written."))},
		{do("write", uint64(hostEnd), "x"), false},
	}
	location := "unix://" + serveBy(t, &memaccess.Server{Source: newHost(t), Writable: true})
	compare(t, calls, answers(t, testenv.Python2(t), "space2.py", []string{memorytest.PlugIn(t, 2), location}, calls))
}
