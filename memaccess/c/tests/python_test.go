package tests

import (
	"encoding/json"
	"hash/crc32"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// What runs inside both Volatilities reads from C's server: by descriptors, by
// vectored reads, and as it does from an original server.
func TestPythonClients(t *testing.T) {
	testenv.Uses(t, "memaccess/python")
	const script = `import json, sys, zlib
sys.path.insert(0, sys.argv[1])
memory = __import__(sys.argv[2]).connect(sys.argv[3])
def crc(data):
    return zlib.crc32(data) & 0xFFFFFFFF
print(json.dumps([
    [list(run) for run in memory.runs],
    crc(memory.read(0x2000, 100)),
    crc(memory.read(0x100000000, 0x200000)),
    [crc(data) for data in memory.read_each([(0x3000, 10), (0x100000000, 5000)])],
    memory.live, memory.trouble() or "", bool(memory.pause(60000)), bool(memory.resume())]))`
	crc := func(addr, n uint64) float64 { return float64(crc32.ChecksumIEEE(protocoltest.Contents(addr, n))) }
	// Python's runs don't touch.
	runs := []any{[]any{float64(0x1000), float64(protocoltest.MiB)}, []any{float64(4 * protocoltest.GiB), float64(2 * protocoltest.MiB)}}
	for _, python := range []struct {
		module string
		path   func(testing.TB) string
	}{{"volint_memory_layer", testenv.Python3}, {"pmemaddressspace", testenv.Python2}} {
		for _, options := range []string{"dump good pause", "dump good pause files=1", "good pause files=2"} {
			t.Run(python.module+" "+options, func(t *testing.T) {
				h := startHost(t, addressSanitizer, "pumped", strings.Fields(options)...)
				cmd := exec.Command(python.path(t), "-B", "-c", script, filepath.Join(testenv.Root(), "memaccess", "python"), python.module, h.path)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, &stderr)
				}
				var got []any
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				want := []any{
					runs, crc(0x2000, 100), crc(4*protocoltest.GiB, 2*protocoltest.MiB),
					[]any{crc(0x3000, 10), crc(4*protocoltest.GiB, 5000)},
					!strings.Contains(options, "dump"), "", true, true,
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the client (-want +got):\n%s", diff)
				}
				if state := h.goesOn(t); state != "runs 1 1" {
					t.Errorf("the guest: %s", state)
				}
			})
		}
	}
}
